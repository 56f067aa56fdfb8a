import * as v from 'valibot';

/** When keys are tidied without a request: the stored form of `config/auto-tidy`. */
export interface AutoTidyEntry {
  readonly enabled: boolean;
  /** Seconds from the end of one run to the beginning of the next. */
  readonly intervalDuration: number;
  /** Seconds. */
  readonly safetyBuffer: number;
  /** As it was written, such as `100ms`. */
  readonly pauseDuration: string;
}

/** Defaults of a run. */
export const tidyDefaults = { safetyBuffer: 72 * 3600, pauseDuration: '100ms' } as const;

/** What `config/auto-tidy` is before it is written. */
export const autoTidyDefaults: AutoTidyEntry = { enabled: false, intervalDuration: 12 * 3600, ...tidyDefaults };

/** Where {@link AutoTidyEntry} is stored, below the mount. */
export const autoTidyKey = 'config/auto-tidy';

/** The stored form of {@link AutoTidyEntry}. */
export const autoTidyEntrySchema: v.GenericSchema<unknown, AutoTidyEntry> = v.object({
  enabled: v.boolean(),
  intervalDuration: v.optional(v.number(), autoTidyDefaults.intervalDuration),
  safetyBuffer: v.optional(v.number(), autoTidyDefaults.safetyBuffer),
  pauseDuration: v.optional(v.string(), autoTidyDefaults.pauseDuration),
});

/** When runs began and ended, so that a restart does not start another one. Texts in ISO 8601. */
export interface LastRunEntry {
  /** The last one that nobody asked for. */
  readonly started?: string | undefined;
  /** The last one that deleted what it found without an error, whoever asked for it. */
  readonly finished?: string | undefined;
}

/** Where {@link LastRunEntry} is stored, below the mount. */
export const lastRunKey = 'config/auto-tidy-last-run';

/** The stored form of {@link LastRunEntry}. */
export const lastRunEntrySchema: v.GenericSchema<unknown, LastRunEntry> = v.object({
  started: v.fallback(v.optional(v.string()), undefined),
  finished: v.fallback(v.optional(v.string()), undefined),
});

/**
 * Whether the next run that nobody asks for may begin. A moment ahead of the clock means that the clock was set back,
 * and delays nothing.
 */
export function isDue({ started, finished }: LastRunEntry, intervalDuration: number, now: Date): boolean {
  return [started, finished].every((moment) => {
    const elapsed = (now.getTime() - Date.parse(moment ?? '')) / 1000;
    return !(elapsed >= 0 && elapsed < intervalDuration);
  });
}
