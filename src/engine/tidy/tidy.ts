import { createForwarding } from '../../sdk/framework/replication.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import { ReadOnlyError } from '../../sdk/logical/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { SystemView } from '../../sdk/logical/system-view.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { onIssuingNode } from '../keys/issuing-node.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type AutoTidyEntry, autoTidyKey, isDue, type LastRunEntry, lastRunKey } from './auto-tidy-entry.ts';
import { parsePause } from './pause.ts';
import { newProgress, tidyKeys, type TidyProgress } from './tidy-pass.ts';

/** How one run is done. */
export interface TidyRun {
  /** Seconds. */
  readonly safetyBuffer: number;
  /** As it was written, such as `100ms`. */
  readonly pauseDuration: string;
  readonly dryRun: boolean;
}

/** The states of a run, in the words of Vault's PKI engine. */
export type TidyState = 'Inactive' | 'Running' | 'Finished' | 'Error' | 'Cancelling' | 'Cancelled';

/** The run that is under way or, if there is none, the last one since the mount was started. */
export interface TidyStatus {
  readonly state: TidyState;
  readonly run?: TidyRun;
  /** Free of secrets. */
  readonly error?: string;
  readonly timeStarted?: Date;
  readonly timeFinished?: Date;
  readonly progress: Readonly<TidyProgress>;
}

/** What {@link Tidy} needs. */
export interface TidyOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly autoTidy: Pick<EntryStore<AutoTidyEntry>, 'read'>;
  readonly lastRuns: Pick<EntryStore<LastRunEntry>, 'read' | 'change'>;
  readonly clients: ClientSource;
  readonly system: Pick<SystemView, 'replicationState' | 'localMount'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backendUUID: string;
}

/** Runs tidy in the background, one run at a time, until the mount closes. */
export class Tidy {
  readonly #options: TidyOptions;
  readonly #mustForward: ReturnType<typeof createForwarding>;
  #status: TidyStatus = { state: 'Inactive', progress: newProgress() };
  #running: { readonly controller: AbortController; readonly done: Promise<void> } | undefined;
  #stopped = false;

  constructor(options: TidyOptions) {
    this.#options = options;
    this.#mustForward = createForwarding(options.system);
  }

  /** What the metadata of this mount's keys has as `vault_backend_uuid`. */
  get backendUUID(): string {
    return this.#options.backendUUID;
  }

  /** The status now. */
  get status(): TidyStatus {
    return this.#status;
  }

  /** Starts a run, and does not wait for it. False if one is under way, or the mount is closing. */
  start(storage: Storage, config: ConfigEntry, run: TidyRun): boolean {
    if (this.#running !== undefined || this.#stopped) return false;
    const controller = new AbortController();
    const done = this.#run(storage, config, run, controller.signal).finally(() => {
      this.#running = undefined;
    });
    this.#running = { controller, done };
    return true;
  }

  /** Stops the run that is under way, soon. Tells whether there was one. */
  cancel(): boolean {
    if (this.#running === undefined) return false;
    this.#status = { ...this.#status, state: 'Cancelling' };
    this.#running.controller.abort(new Error('the run was cancelled'));
    return true;
  }

  /** Stops what is under way and starts nothing more; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#running?.controller.abort(new Error('the mount is closing'));
    await this.#running?.done;
  }

  /** Starts a run if `config/auto-tidy` says so and one is due. The host calls this about once a minute. */
  async periodic(req: Request): Promise<void> {
    const { configs, autoTidy, lastRuns, clock } = this.#options;
    // A mount that is being removed is not worth it.
    if (this.#running !== undefined || Object.hasOwn(req.data, 'immediate')) return;
    const auto = await autoTidy.read(req.storage, autoTidyKey);
    if (auto?.enabled !== true || (await this.#mustForward(onIssuingNode))) return;
    const config = await configs.read(req.storage, configKey);
    const last = (await lastRuns.read(req.storage, lastRunKey)) ?? {};
    if (config === undefined || !isDue(last, auto.intervalDuration, clock.now())) return;
    try {
      const started = clock.now().toISOString();
      await lastRuns.change(req.storage, lastRunKey, (existing) => ({ ...existing, started }));
    } catch (error) {
      if (error instanceof ReadOnlyError) return;
      throw error;
    }
    this.start(req.storage, config, { ...auto, dryRun: false });
  }

  async #run(storage: Storage, config: ConfigEntry, run: TidyRun, signal: AbortSignal): Promise<void> {
    const { clients, clock, logger, backendUUID } = this.#options;
    const now = clock.now();
    const progress = newProgress();
    this.#status = { state: 'Running', run, timeStarted: now, progress };
    logger.log('info', 'tidy begins', { dry_run: run.dryRun, proxy: config.baseURL });
    try {
      if (backendUUID === '')
        throw new Error('the host did not tell the UUID of this mount, by which it knows its keys');
      // A renewal may be under way for so long after its lease has ended: it waits for its turn, and then for its call.
      const buffer = Math.max(run.safetyBuffer, 2 * config.requestTimeout);
      await tidyKeys(
        {
          client: clients.clientFor(config),
          backendUUID,
          now,
          before: new Date(now.getTime() - buffer * 1000),
          dryRun: run.dryRun,
          pauseDuration: parsePause(run.pauseDuration),
          signal,
        },
        progress,
      );
      if (!run.dryRun) await this.#remember(storage);
      this.#end('Finished');
    } catch (error) {
      if (signal.aborted) this.#end('Cancelled');
      else this.#end('Error', error instanceof Error ? error.message : String(error));
    }
  }

  #end(state: TidyState, error?: string): void {
    const { progress } = this.#status;
    this.#status = {
      ...this.#status,
      state,
      timeFinished: this.#options.clock.now(),
      ...(error === undefined ? {} : { error }),
    };
    this.#options.logger.log(error === undefined ? 'info' : 'error', 'tidy has ended', {
      state,
      total_keys: progress.totalKeys,
      mount_keys: progress.mountKeys,
      expired_count: progress.expired,
      expired_deleted_count: progress.deleted,
      unclaimed_count: progress.unclaimed,
      ...(error === undefined ? {} : { error }),
    });
  }

  async #remember(storage: Storage): Promise<void> {
    const { lastRuns, clock, logger } = this.#options;
    try {
      const finished = clock.now().toISOString();
      await lastRuns.change(storage, lastRunKey, (existing) => ({ ...existing, finished }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.log('warn', 'cannot remember when tidy ended', { error: reason });
    }
  }
}
