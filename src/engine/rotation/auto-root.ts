import { createForwarding } from '../../sdk/framework/replication.ts';
import { humanDuration } from '../../sdk/framework/duration.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { SystemView } from '../../sdk/logical/system-view.ts';
import { sha256 } from '../../litellm/sha256.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { type OwnKey, type OwnKeys, rotatesByItself, rotationWarnings } from '../config/own-key.ts';
import { onIssuingNode } from '../keys/issuing-node.ts';
import type { BackgroundWork } from '../lease/background-work.ts';
import { nextRotation } from '../schedule/next-rotation.ts';
import { bootstrapRoot } from './bootstrap-root.ts';
import { RootRotation, type RootRotationOptions, type RotatedRoot } from './root-rotation.ts';

/** What {@link AutoRoot} needs. */
export interface AutoRootOptions extends RootRotationOptions {
  readonly background: BackgroundWork;
  readonly system: Pick<SystemView, 'replicationState' | 'localMount'>;
}

/** Seconds: the pause after the first failure, and the longest. Each is twice the one before. */
const firstPause = 60;
const longestPause = 3_600;

interface Failure {
  /** What was to be rotated: the failure says nothing of another key or schedule. */
  readonly about: string;
  readonly at: Date;
  readonly nextTry: Date;
  readonly pause: number;
  /** Free of secrets. */
  readonly reason: string;
}

/** The mount's own key: made, rotated on request, and by itself. */
export class AutoRoot implements OwnKeys {
  readonly #options: AutoRootOptions;
  readonly #root: RootRotation;
  readonly #mustForward: ReturnType<typeof createForwarding>;
  #failure: Failure | undefined;
  #seen: { readonly about: string; readonly since: Date } | undefined;
  #running = false;

  constructor(options: AutoRootOptions) {
    this.#options = options;
    this.#root = new RootRotation(options);
    this.#mustForward = createForwarding(options.system);
  }

  /** See `RootRotation`. */
  async rotate(req: Request): Promise<RotatedRoot> {
    const rotated = await this.#root.rotate(req);
    this.#failure = undefined;
    return rotated;
  }

  async bootstrap(req: Request, asked: ConfigEntry, commit: (own: ConfigEntry) => Promise<boolean>): Promise<OwnKey> {
    return await bootstrapRoot(req, asked, commit, { ...this.#options, handler: this.#root.handler });
  }

  outlook(config: ConfigEntry): { readonly next: Date | undefined; readonly warnings: readonly string[] } {
    const now = this.#options.clock.now();
    const failure = this.#failureOf(config, now);
    const next = failure?.nextTry ?? this.#next(config, now);
    if (failure === undefined) return { next, warnings: rotationWarnings(config, now) };
    const { at, nextTry, reason } = failure;
    const warning = `The automatic rotation of the key at ${at.toISOString()} failed, and the stored key still works. The next try is at ${nextTry.toISOString()}: ${reason}`;
    return { next, warnings: [warning, ...rotationWarnings(config, now)] };
  }

  /** Starts a rotation that is due, and does not wait for it. The host calls this about once a minute. */
  async periodic(req: Request): Promise<void> {
    const { configs, background, clock } = this.#options;
    // A mount that is being removed is not worth it.
    if (this.#running || Object.hasOwn(req.data, 'immediate')) return;
    const config = await configs.read(req.storage, configKey);
    if (config === undefined || !rotatesByItself(config) || (await this.#mustForward(onIssuingNode))) return;
    const now = clock.now();
    const next = this.#failureOf(config, now)?.nextTry ?? this.#next(config, now);
    if (next === undefined || next > now) return;
    this.#running = true;
    background.run(async () => {
      try {
        // The request is over long before.
        const isDue = (now: ConfigEntry): boolean => aboutOf(now) === aboutOf(config);
        await this.#root.rotate({ ...req, signal: background.stopped }, isDue);
        this.#failure = undefined;
      } catch (error) {
        this.#failed(config, error);
      } finally {
        this.#running = false;
      }
    });
  }

  #next(config: ConfigEntry, now: Date): Date | undefined {
    if (!rotatesByItself(config)) return undefined;
    const about = aboutOf(config);
    // What was seen ahead of the clock was seen before the clock was set back.
    if (this.#seen?.about !== about || this.#seen.since > now) this.#seen = { about, since: now };
    const { since } = this.#seen;
    const last = config.rotationFrom === undefined ? since : new Date(config.rotationFrom);
    return nextRotation(config.rotation, { last, now, seen: since });
  }

  #failureOf(config: ConfigEntry, now: Date): Failure | undefined {
    const failure = this.#failure;
    // After a clock was set back, the failure would delay the next try for as long.
    return failure?.about === aboutOf(config) && failure.at <= now ? failure : undefined;
  }

  #failed(config: ConfigEntry, error: unknown): void {
    const { clock, logger } = this.#options;
    const at = clock.now();
    const before = this.#failureOf(config, at);
    const pause = before === undefined ? firstPause : Math.min(2 * before.pause, longestPause);
    const reason = error instanceof Error ? error.message : String(error);
    this.#failure = { about: aboutOf(config), at, nextTry: new Date(at.getTime() + pause * 1000), pause, reason };
    logger.log('error', 'the key in config could not be rotated', { error: reason, again_in: humanDuration(pause) });
  }
}

function aboutOf({ masterKey, rotation, rotationFrom = '' }: ConfigEntry): string {
  return JSON.stringify([sha256(masterKey), rotation, rotationFrom]);
}
