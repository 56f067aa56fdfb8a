import type { StorageEntry, Transaction } from '../../../src/sdk/logical/storage.ts';
import { HeldCalls } from '../litellm/held-calls.ts';
import { MemoryStorage } from '../memory-storage.ts';

/** A write, as it came. */
export interface LoggedWrite {
  readonly method: 'put' | 'delete' | 'commit';
  readonly path: string;
}

/** A storage whose writes can be held before and after their effect. What is dropped fails. */
export class SteppedStorage extends MemoryStorage {
  readonly writes: LoggedWrite[] = [];
  readonly held = new HeldCalls();

  override async put(entry: StorageEntry): Promise<void> {
    await this.#step({ method: 'put', path: entry.key }, () => super.put(entry));
  }

  override async delete(key: string): Promise<void> {
    await this.#step({ method: 'delete', path: key }, () => super.delete(key));
  }

  override async beginTx(): Promise<Transaction | undefined> {
    const transaction = await super.beginTx();
    return (
      transaction && {
        ...transaction,
        commit: () => this.#step({ method: 'commit', path: '' }, () => transaction.commit()),
      }
    );
  }

  /** Writes an entry as if it had always been there: no step, and nothing that is counted. */
  async plant(entry: StorageEntry): Promise<void> {
    await super.put(entry);
  }

  async #step(write: LoggedWrite, effect: () => Promise<void>): Promise<void> {
    const index = this.writes.push(write) - 1;
    const go = async (point: 'before' | 'after'): Promise<void> => {
      if (!(await this.held.pass(index, point, write))) throw new Error('the storage was told to fail');
    };
    await go('before');
    await effect();
    await go('after');
  }
}
