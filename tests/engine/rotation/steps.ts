import { ConnectionError, RequestRejectedError } from '../../../src/litellm/error.ts';
import type { Storage } from '../../../src/sdk/logical/storage.ts';
import type { MemoryStorage } from '../../harness/memory-storage.ts';

/**
 * What becomes of one step, a call of the storage or of the proxy: the process dies before or after it; it fails without
 * effect, with it, or takes effect later; the proxy turns it down.
 */
export const stepFates = ['dies before', 'dies after', 'fails', 'is lost', 'comes late', 'is refused'] as const;

/** One of {@link stepFates}. */
export type StepFate = (typeof stepFates)[number];

/** A call of the proxy, as faults tell of it. */
export const call = { method: 'POST', url: 'http://litellm.example.com/key' };

/** The calls of processes, each of which may be made to fail; those of a process that has died never return. */
export class Steps {
  /** What was done, in order. */
  readonly done: string[] = [];
  readonly #late: (() => Promise<void>)[] = [];
  #fate: { readonly at: number; readonly fate: StepFate } | undefined;
  #process = 0;
  #dead = -1;

  /** From now on the step of this number, from 0, has this fate. */
  fate(at: number, fate: StepFate): void {
    this.done.length = 0;
    this.#fate = { at, fate };
  }

  /** From now on nothing fails. */
  spare(): void {
    this.#fate = undefined;
  }

  /** Whether the process has died. */
  get dead(): boolean {
    return this.#dead === this.#process;
  }

  /** What is late takes effect. */
  async catchUp(): Promise<void> {
    for (const act of this.#late.splice(0)) await act().catch(() => undefined);
  }

  /** Another process begins: gives how it does its calls of the proxy, and its storage. */
  begin(memory: MemoryStorage): StepsOfProcess {
    this.#process += 1;
    const process = this.#process;
    const onProxy: StepsOfProcess['onProxy'] = (name, act) =>
      this.#step(
        process,
        name,
        act,
        () => new ConnectionError(call, { reason: 'lost', sent: true, lost: true, cause: undefined }),
      );
    const stored = <Result>(name: string, act: () => Promise<Result>): Promise<Result> =>
      this.#step(process, name, act, () => new Error('the storage is away'));
    const storage: Storage = {
      list: (prefix) => stored(`list ${prefix}`, () => memory.list(prefix)),
      listPage: (prefix, after, limit) => stored(`list ${prefix}`, () => memory.listPage(prefix, after, limit)),
      get: (key) => stored(`get ${plain(key)}`, () => memory.get(key)),
      put: (entry) => stored(`put ${plain(entry.key)}`, () => memory.put(entry)),
      delete: (key) => stored(`delete ${plain(key)}`, () => memory.delete(key)),
      beginTx: async () => undefined,
    };
    return { onProxy, storage };
  }

  /** Resolves when the process has died, or the work has ended either way. */
  async untilOver(work: Promise<unknown>): Promise<void> {
    let over = false;
    const ended = work.then(
      () => void (over = true),
      () => void (over = true),
    );
    while (!over && !this.dead) await Promise.race([ended, Bun.sleep(1)]);
  }

  async #step<Result>(process: number, name: string, act: () => Promise<Result>, fault: () => Error): Promise<Result> {
    const never = new Promise<never>(() => undefined);
    if (process <= this.#dead) return await never;
    const at = this.done.length;
    this.done.push(name);
    if (this.#fate?.at !== at) return await act();
    const { fate } = this.#fate;
    this.#fate = undefined;
    switch (fate) {
      case 'dies before':
        this.#dead = process;
        return await never;
      case 'dies after':
        await act();
        this.#dead = process;
        return await never;
      case 'is lost':
        await act();
        throw fault();
      case 'comes late':
        this.#late.push(async () => void (await act()));
        throw fault();
      case 'is refused':
        throw new RequestRejectedError(call, 400, 'no');
      case 'fails':
        throw fault();
    }
  }
}

/** What a process does its steps by. */
export interface StepsOfProcess {
  readonly onProxy: <Result>(name: string, act: () => Promise<Result>) => Promise<Result>;
  readonly storage: Storage;
}

function plain(key: string): string {
  return key.startsWith('wal/') ? 'wal' : key;
}
