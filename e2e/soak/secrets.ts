import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What must not stand anywhere. */
export class Secrets {
  readonly #pattern: RegExp;

  constructor(masterKey: string) {
    // The second is what keys of ours look like, and most of LiteLLM's.
    this.#pattern = new RegExp(`${RegExp.escape(masterKey)}|sk-[A-Za-z0-9_-]{16,}`, 'g');
  }

  /** How many times a text shows the master key, or anything that looks like a key. */
  countIn(text: string): number {
    return text.match(this.#pattern)?.length ?? 0;
  }

  /** The same of files, however long and of whatever kind; 0 of one that is not there. */
  async countInFiles(paths: readonly string[]): Promise<number> {
    let count = 0;
    for (const path of paths) {
      if (!(await Bun.file(path).exists())) continue;
      for await (const line of createInterface({ input: createReadStream(path, 'latin1') }))
        count += this.countIn(line);
    }
    return count;
  }
}
