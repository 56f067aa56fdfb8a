import type { FieldData } from '../../sdk/framework/field-data.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, respondWithStatusCode, withWarnings } from '../../sdk/logical/response.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';
import { operationPrefix } from '../fields/documentation.ts';
import { onIssuingNode } from '../keys/issuing-node.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type LastRunEntry, lastRunKey } from './auto-tidy-entry.ts';
import { parsePause } from './pause.ts';
import type { Tidy } from './tidy.ts';
import { tidyFields, tidyStatusFields } from './tidy-fields.ts';

const accepted = 202;

/** What the paths of a run read from the storage. */
export interface TidyStores {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly lastRuns: Pick<EntryStore<LastRunEntry>, 'read'>;
}

/** Begins a run. */
export const pathTidy = (tidy: Tidy, stores: TidyStores): Path =>
  definePath({
    pattern: 'tidy',
    fields: tidyFields,
    operations: {
      update: {
        callback: tidyWrite(tidy, stores),
        summary: 'Delete the expired keys of this mount from the proxy.',
        responses: { [accepted]: { description: 'The run goes on in the background.' } },
        ...onIssuingNode,
      },
    },
    displayAttrs: { operationPrefix, operationVerb: 'tidy' },
    // A misspelt dry_run must not delete anything.
    refusesUnknownFields: true,
    helpSynopsis: 'Delete the keys of this mount that have expired, and report those that nobody may have.',
    helpDescription:
      'LiteLLM refuses a key that has expired and never deletes it. A run looks at all keys of the proxy, page by page, and ' +
      'deletes those that this mount made and that expired longer ago than the safety buffer; no other key is ever ' +
      'touched. It runs in the background: tidy-status tells how far it is, tidy-cancel stops it. There is one run ' +
      'at a time.',
  });

/** Stops the run that is under way. */
export const pathTidyCancel = (tidy: Tidy, stores: TidyStores): Path =>
  definePath({
    pattern: 'tidy-cancel',
    fields: {},
    operations: {
      update: {
        callback: async (req: Request) => {
          const cancelled = tidy.cancel();
          const response = await status(req, tidy, stores);
          return cancelled ? response : withWarnings(response, ['No run is under way, so there is none to cancel.']);
        },
        summary: 'Stop the run that is under way.',
        responses: { 200: { description: 'The run, as it is now.', fields: tidyStatusFields } },
        ...onIssuingNode,
      },
    },
    displayAttrs: { operationPrefix, operationVerb: 'cancel', operationSuffix: 'tidy' },
    helpSynopsis: 'Stop the run of tidy that is under way.',
    helpDescription:
      'The run ends within moments; what it has deleted stays deleted. The answer is that of tidy-status.',
  });

/** Describes the run that is under way, or the last one. */
export const pathTidyStatus = (tidy: Tidy, stores: TidyStores): Path =>
  definePath({
    pattern: 'tidy-status',
    fields: {},
    operations: {
      read: {
        callback: (req: Request) => status(req, tidy, stores),
        summary: 'Read the state of the run that is under way, or of the last one.',
        responses: { 200: { description: 'The run.', fields: tidyStatusFields } },
        ...onIssuingNode,
      },
    },
    displayAttrs: { operationPrefix, operationSuffix: 'tidy-status' },
    helpSynopsis: 'How far the run of tidy is, or how the last one ended.',
    helpDescription:
      'It is kept in memory: after a restart the state is Inactive. unclaimed lists live keys that were never used nor ' +
      'renewed since they were made. Their lease may be idle, or nobody ever got it: only the host knows its leases.',
  });

const tidyWrite =
  (tidy: Tidy, { configs }: TidyStores) =>
  (req: Request, data: FieldData<typeof tidyFields>) =>
    answeringMistakes(async () => {
      const run = {
        safetyBuffer: data.get('safety_buffer'),
        pauseDuration: data.get('pause_duration'),
        dryRun: data.get('dry_run'),
      };
      parsePause(run.pauseDuration);
      const config = await configs.read(req.storage, configKey);
      if (config === undefined) {
        throw new UserMistake('there is no configuration yet: write base_url and master_key to config');
      }
      if (!tidy.start(req.storage, config, run)) {
        return {
          warnings: ['A run is under way already; this one was not started. Read tidy-status for how far it is.'],
        };
      }
      const what = run.dryRun ? 'A dry run has begun, which deletes nothing.' : 'A run has begun.';
      const warning = `${what} It goes on in the background: read tidy-status for how far it is.`;
      return respondWithStatusCode({ warnings: [warning] }, req, accepted);
    });

async function status(req: Request, tidy: Tidy, { lastRuns }: TidyStores): Promise<Response> {
  const { finished } = (await lastRuns.read(req.storage, lastRunKey)) ?? {};
  const { state, run, error, timeStarted, timeFinished, progress } = tidy.status;
  const counted = <T>(value: T): T | null => (run === undefined ? null : value);
  return {
    data: {
      state,
      error: error ?? null,
      message: counted(progress.message),
      time_started: timeStarted?.toISOString() ?? null,
      time_finished: timeFinished?.toISOString() ?? null,
      last_auto_tidy_finished: finished ?? null,
      dry_run: run?.dryRun ?? null,
      safety_buffer: run?.safetyBuffer ?? null,
      pause_duration: run?.pauseDuration ?? null,
      current_page: counted(progress.currentPage),
      total_pages: counted(progress.totalPages),
      total_keys: counted(progress.totalKeys),
      mount_keys: counted(progress.mountKeys),
      expired_count: counted(progress.expired),
      expired_deleted_count: counted(progress.deleted),
      unclaimed_count: counted(progress.unclaimed),
      unclaimed: counted(
        progress.examples.map(({ alias, role, createdAt, requestId }) => ({
          key_alias: alias,
          role,
          created_at: createdAt.toISOString(),
          request_id: requestId,
        })),
      ),
      internal_backend_uuid: tidy.backendUUID,
    },
  };
}
