import type { FieldData } from '../../sdk/framework/field-data.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Response } from '../../sdk/logical/response.ts';
import { answeringMistakes } from '../fault/user-mistake.ts';
import { operationPrefix } from '../fields/documentation.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { autoTidyDefaults, type AutoTidyEntry, autoTidyKey } from './auto-tidy-entry.ts';
import { parsePause } from './pause.ts';
import { autoTidyFields } from './tidy-fields.ts';

/** When to tidy without a request. */
export const pathAutoTidy = (entries: Pick<EntryStore<AutoTidyEntry>, 'read' | 'change'>): Path =>
  definePath({
    pattern: 'config/auto-tidy',
    fields: autoTidyFields,
    operations: {
      read: {
        callback: async (req: Request) => show((await entries.read(req.storage, autoTidyKey)) ?? autoTidyDefaults),
        summary: 'Read when keys are tidied automatically.',
        responses: { 200: { description: 'What is stored, or else the defaults.', fields: autoTidyFields } },
        displayAttrs: { operationSuffix: 'auto-tidy-configuration' },
      },
      update: {
        callback: (req: Request, data: Data) => answeringMistakes(() => write(entries, req, data)),
        summary: 'Change the given fields.',
        responses: { 200: { description: 'What is stored now.', fields: autoTidyFields } },
        displayAttrs: { operationVerb: 'configure', operationSuffix: 'auto-tidy' },
        forwardPerformanceStandby: true,
        forwardPerformanceSecondary: true,
      },
    },
    refusesUnknownFields: true,
    displayAttrs: { operationPrefix },
    helpSynopsis: 'When to tidy automatically.',
    helpDescription:
      'With enabled=true, a run of tidy begins in the background whenever interval_duration has passed since the last one ' +
      'ended, even before a restart. A write changes the fields that it names and keeps the others.',
  });

type Data = FieldData<typeof autoTidyFields>;

async function write(entries: Pick<EntryStore<AutoTidyEntry>, 'change'>, req: Request, data: Data): Promise<Response> {
  let stored = autoTidyDefaults;
  const merge = (existing: AutoTidyEntry): AutoTidyEntry => {
    stored = {
      enabled: data.getOk('enabled') ?? existing.enabled,
      intervalDuration: data.getOk('interval_duration') ?? existing.intervalDuration,
      safetyBuffer: data.getOk('safety_buffer') ?? existing.safetyBuffer,
      pauseDuration: data.getOk('pause_duration') ?? existing.pauseDuration,
    };
    parsePause(stored.pauseDuration);
    return stored;
  };
  await entries.change(
    req.storage,
    autoTidyKey,
    (existing) => merge(existing ?? autoTidyDefaults),
    // An entry that cannot be read counts as not written: the defaults delete nothing.
    () => merge(autoTidyDefaults),
  );
  return show(stored);
}

function show({ enabled, intervalDuration, safetyBuffer, pauseDuration }: AutoTidyEntry): Response {
  return {
    data: {
      enabled,
      interval_duration: intervalDuration,
      safety_buffer: safetyBuffer,
      pause_duration: pauseDuration,
    },
  };
}
