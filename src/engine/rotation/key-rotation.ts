import type { Clock } from '../../sdk/logical/clock.ts';
import { ReadOnlyError } from '../../sdk/logical/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { SystemView } from '../../sdk/logical/system-view.ts';
import { createForwarding } from '../../sdk/framework/replication.ts';
import { onIssuingNode } from '../keys/issuing-node.ts';
import type { BackgroundWork } from '../lease/background-work.ts';
import { rollbackAfter } from '../lease/keys-in-making.ts';
import type { Sleep } from '../lease/sleep.ts';
import { rotationEntryFromJSON } from './rotation-entry.ts';
import type { RotatingThing, RotationHandler, RotationKind, RotationPlan } from './rotation-handler.ts';
import { carryOutRotation } from './carry-out-rotation.ts';
import { foundRotation, type OpenRotation, RotationLedger } from './rotation-ledger.ts';
import { isLeftForLater, settleRotation } from './settle-rotation.ts';
import { Turns } from './turns.ts';

/** What {@link KeyRotation} needs. */
export interface KeyRotationOptions {
  readonly background: BackgroundWork;
  readonly system: Pick<SystemView, 'replicationState' | 'localMount'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/**
 * Replaces one key by another. Whatever fails in between, and whenever the process dies, one value is stored and works,
 * and in the end no other key of ours is left:
 *
 * 1. what an earlier rotation of the same thing left is finished or undone;
 * 2. a write-ahead entry holds the successor's value;
 * 3. the predecessor gets another alias, if it is to;
 * 4. LiteLLM makes the successor, and it is verified;
 * 5. one write stores the successor: that is the commit;
 * 6. the predecessor is ended, or given its last expiry;
 * 7. the entry is removed.
 *
 * Recovery looks at what is stored. If it is the successor, it goes forward (6, 7); otherwise back: it ends the
 * successor and gives the predecessor its alias again. A mount has one, for all that rotates in it.
 */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #ledger: RotationLedger;
  readonly #handlers = new Map<RotationKind, RotationHandler>();
  readonly #turns = new Turns();
  readonly #mustForward: ReturnType<typeof createForwarding>;
  #recovering = false;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#ledger = new RotationLedger(options);
    this.#mustForward = createForwarding(options.system);
  }

  /** Takes the handler of a kind. Each kind has one, and all are set before the first request. */
  handle(handler: RotationHandler): void {
    this.#handlers.set(handler.kind, handler);
  }

  /**
   * Rotates a key when its turn comes: two calls are two rotations, one after the other. `plan` is called in its turn,
   * when nothing is left of earlier ones; what it throws changes nothing. From the write-ahead entry on, the rotation
   * runs to its end or is undone, whatever becomes of the caller, who has to wait for that. Gives warnings of what is
   * left to do, and will be done by itself. Throws what `plan`, `make`, `verify` and `commit` throw, a `LiteLLMError`
   * unchanged, once all is undone or left to the recovery.
   */
  async rotate(
    storage: Storage,
    thing: RotatingThing,
    plan: (signal: AbortSignal) => Promise<RotationPlan>,
  ): Promise<readonly string[]> {
    return await this.exclusively(storage, thing, async (signal) => {
      const planned = await plan(signal);
      return await this.#rotate(storage, thing, planned, signal);
    });
  }

  /**
   * Works on what is stored of a thing while nothing rotates it, and after what earlier rotations left is finished or
   * undone: for example, it deletes a static role. Throws if that cannot be done yet, and what `work` throws.
   */
  async exclusively<Result>(
    storage: Storage,
    thing: RotatingThing,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { background } = this.#options;
    const done = this.#turns.run(nameOf(thing), async () => {
      if (background.closing.aborted) throw new Error('the mount is closing, and nothing new begins');
      await this.#settleEarlier(storage, thing);
      return await work(background.stopped);
    });
    background.run(async () => void (await done));
    return await done;
  }

  /** Whether a rotation that is under way, or was left half done, makes or replaces this key. */
  async isAbout(storage: Storage, tokenId: string): Promise<boolean> {
    await this.#ledger.scan(storage);
    return this.#ledger
      .open()
      .some(({ entry }) => entry.successor.tokenId === tokenId || entry.predecessor?.tokenId === tokenId);
  }

  /**
   * Takes a key out of what earlier rotations left, so that nothing ends it: somebody else gets it. For a caller that
   * has the thing to itself, before it forgets the key. Throws if the storage refuses that.
   */
  async letGo(storage: Storage, thing: RotatingThing, tokenId: string): Promise<void> {
    for (const open of this.#ledger.open(thing)) {
      const { successor, predecessor } = open.entry;
      if (predecessor?.tokenId === tokenId) {
        await this.#ledger.replace(storage, open, { ...open.entry, predecessor: undefined });
      } else if (successor.tokenId === tokenId) {
        await this.#ledger.end(storage, open);
        const left = predecessor?.renamedTo ?? predecessor?.keyAlias ?? '';
        const reason = new Error(`its successor is given up; delete it on ${open.entry.proxy} if it is still there`);
        this.#log('a former key could not be ended, and is left alone', { key_alias: left }, reason);
      }
    }
  }

  /**
   * Finishes or undoes what earlier processes and failed rotations left, as far as can be told now; the next call tries
   * the rest again. Never throws: it logs. For a node that may write.
   */
  async recover(storage: Storage): Promise<void> {
    try {
      await this.#ledger.scan(storage);
    } catch (error) {
      this.#log('what rotations have left cannot be looked for', {}, error);
      return;
    }
    for (const open of this.#ledger.open()) {
      const turn = nameOf({ kind: open.kind, name: open.entry.name });
      // Whoever has the turn does it.
      if (this.#turns.isTaken(turn) || this.#options.background.closing.aborted) continue;
      try {
        await this.#turns.run(turn, () => this.#settle(storage, open));
      } catch (error) {
        if (error instanceof ReadOnlyError) return;
        this.#tell(open, error);
      }
    }
  }

  /** The same in the background, unless another node does it, or it is under way. For initialize and periodic. */
  recoverSoon(storage: Storage): void {
    if (this.#recovering) return;
    this.#recovering = true;
    this.#options.background.run(async () => {
      try {
        if (!(await this.#mustForward(onIssuingNode))) await this.recover(storage);
      } finally {
        this.#recovering = false;
      }
    });
  }

  /** The same for one entry of the host's rollback. Throws while it is not done. The caller removes the entry. */
  async rollback(req: Pick<Request, 'data' | 'storage' | 'signal'>, kind: RotationKind, data: unknown): Promise<void> {
    const entry = rotationEntryFromJSON(data);
    const { tokenId } = entry.successor;
    if (this.#ledger.isSettled(tokenId)) return;
    const turn = nameOf({ kind, name: entry.name });
    if (this.#turns.isTaken(turn)) throw new Error('a rotation is under way, and will settle what is left');
    const open = this.#ledger.find(tokenId) ?? foundRotation('', kind, entry);
    const { clock, logger } = this.#options;
    const immediate = Object.hasOwn(req.data, 'immediate');
    await this.#turns.run(turn, () =>
      settleRotation(open, {
        handler: this.#handler(kind),
        storage: req.storage,
        signal: req.signal,
        immediate,
        clock,
        logger,
      }),
    );
    this.#ledger.settled(tokenId);
  }

  async #rotate(
    storage: Storage,
    { kind, name }: RotatingThing,
    plan: RotationPlan,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { clock } = this.#options;
    const { successor, predecessor, config, replaces = false, details = {} } = plan;
    const open = await this.#ledger.begin(storage, kind, {
      ...{ name, successor, predecessor, replaces, details },
      proxy: config.baseURL,
      rollbackAfter: rollbackAfter(clock.now(), config.requestTimeout),
    });
    try {
      await carryOutRotation(open, plan, { handler: this.#handler(kind), storage, signal, ...this.#options });
    } catch (error) {
      await this.#settle(storage, open).catch((fault: unknown) => this.#tell(open, fault));
      throw error;
    }
    try {
      await this.#settle(storage, open);
      return [];
    } catch (error) {
      this.#tell(open, error);
      if (predecessor === undefined) return [];
      const reason = error instanceof Error ? error.message : String(error);
      return [`The new key is stored. The former one could not be ended yet, and the engine will try again: ${reason}`];
    }
  }

  /** Throws what keeps a rotation from starting; what is left for later does not. */
  async #settleEarlier(storage: Storage, thing: RotatingThing): Promise<void> {
    await this.#ledger.scan(storage);
    for (const open of this.#ledger.open(thing)) {
      try {
        await this.#settle(storage, open);
      } catch (error) {
        if (!isLeftForLater(error)) throw error;
        this.#tell(open, error);
      }
    }
  }

  /** Call in its turn. Throws while it can neither be done nor undone. */
  async #settle(storage: Storage, open: OpenRotation): Promise<void> {
    const { background, clock, logger } = this.#options;
    const handler = this.#handler(open.kind);
    await settleRotation(open, { handler, storage, signal: background.stopped, immediate: false, clock, logger });
    await this.#ledger.end(storage, open);
  }

  #handler(kind: RotationKind): RotationHandler {
    const handler = this.#handlers.get(kind);
    if (handler === undefined) throw new Error(`no handler is set for a "${kind}"`);
    return handler;
  }

  #tell(open: OpenRotation, error: unknown): void {
    this.#log('what a rotation has left cannot be settled yet', detailsOf(open), error, open.told ? 'debug' : 'warn');
    open.told = true;
  }

  #log(
    message: string,
    details: Readonly<Record<string, string>>,
    error: unknown,
    level: 'warn' | 'debug' = 'warn',
  ): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.log(level, message, { ...details, error: reason });
  }
}

function nameOf({ kind, name }: RotatingThing): string {
  return `${kind}/${name}`;
}

function detailsOf({ kind, entry }: OpenRotation): Readonly<Record<string, string>> {
  return { kind, name: entry.name, key_alias: entry.successor.keyAlias, proxy: entry.proxy };
}
