import * as v from 'valibot';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { bool, durationSecond, int, slice, string } from '../../sdk/framework/field-type.ts';
import { duration, flag, text } from '../fields/field-types.ts';
import { autoTidyDefaults, tidyDefaults } from './auto-tidy-entry.ts';

const leastBuffer = 60;
const leastInterval = 60;

const safetyBuffer = {
  type: v.pipe(
    duration,
    v.minValue(leastBuffer, 'must be at least 60 seconds: the clock of LiteLLM may differ from the one here'),
  ),
  description:
    'How long a key must have expired before it is deleted. Must be longer than the clocks differ, and than a read replica of the database of LiteLLM lags. A buffer shorter than twice request_timeout counts as that.',
  default: tidyDefaults.safetyBuffer,
};

const pauseDuration = {
  type: text,
  description: 'How long to wait between two calls to the proxy, such as 100ms or 2s.',
  default: tidyDefaults.pauseDuration,
};

/** The fields of `tidy`. */
export const tidyFields = defineFields({
  safety_buffer: safetyBuffer,
  pause_duration: pauseDuration,
  dry_run: { type: flag, description: 'Only count: delete nothing.', default: false },
});

/** The fields of `config/auto-tidy`. */
export const autoTidyFields = defineFields({
  enabled: { type: flag, description: 'Whether to tidy automatically.', default: autoTidyDefaults.enabled },
  interval_duration: {
    type: v.pipe(duration, v.minValue(leastInterval, 'must be at least 60 seconds')),
    description: 'How long to wait from the end of one run to the start of the next.',
    default: autoTidyDefaults.intervalDuration,
  },
  safety_buffer: safetyBuffer,
  pause_duration: pauseDuration,
});

/** What `tidy-status` and `tidy-cancel` answer. Before the first run, most fields are null. */
export const tidyStatusFields = defineFields({
  state: { type: string, description: 'One of Inactive, Running, Finished, Error, Cancelling, Cancelled.' },
  error: { type: string, description: 'Why the run ended before its time.' },
  message: { type: string, description: 'What the run is doing.' },
  time_started: { type: string, description: 'When the run began.' },
  time_finished: { type: string, description: 'When the run ended.' },
  last_auto_tidy_finished: {
    type: string,
    description: 'When a run that was not dry last ended well; auto-tidy counts its interval from there.',
  },
  dry_run: { type: bool, description: 'Whether the run only counts.' },
  safety_buffer: { type: durationSecond, description: 'The safety buffer of the run.' },
  pause_duration: { type: string, description: 'The pause of the run between two calls.' },
  current_page: { type: int, description: 'The page of the list of keys that was read last.' },
  total_pages: {
    type: int,
    description: 'How many pages the list has; those of keys younger than the safety buffer are not read.',
  },
  total_keys: { type: int, description: 'How many keys were looked at, whoever made them.' },
  mount_keys: { type: int, description: 'How many of them this mount made.' },
  expired_count: { type: int, description: 'How many of those expired before the safety buffer.' },
  expired_deleted_count: { type: int, description: 'How many of those were deleted.' },
  unclaimed_count: {
    type: int,
    description: 'How many live keys of this mount are older than the safety buffer and were never used nor renewed.',
  },
  unclaimed: { type: slice, description: 'Some of these: alias, role, creation and the request that made the key.' },
  internal_backend_uuid: {
    type: string,
    description: 'What the metadata of a key of this mount has as vault_backend_uuid.',
  },
});
