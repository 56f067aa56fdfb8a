import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What keys of ours look like, and most of LiteLLM's. */
const keyLike = /sk-[A-Za-z0-9_-]{16,}/g;

/** What must not stand anywhere. */
export class Secrets {
  readonly #masterKey: string;

  constructor(masterKey: string) {
    this.#masterKey = masterKey;
  }

  /** How many times a text shows the master key, or anything that looks like a key. */
  countIn(text: string): number {
    const others = text.match(keyLike)?.filter((found) => !found.startsWith(this.#masterKey)) ?? [];
    return text.split(this.#masterKey).length - 1 + others.length;
  }

  /** The same of a file, however long; 0 where there is none. */
  async countInFile(path: string): Promise<number> {
    if (!(await Bun.file(path).exists())) return 0;
    // A secret on the border of two pieces is whole in the second one.
    const overlap = 256;
    let count = 0;
    let rest = '';
    for await (const piece of createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
      const text = rest + String(piece);
      rest = text.slice(-overlap);
      count += this.countIn(text) - (text.length > overlap ? this.countIn(rest) : 0);
    }
    return count + this.countIn(rest);
  }

  /** The same of all files in a folder. */
  async countInFolder(path: string): Promise<number> {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    let count = 0;
    for (const file of files) count += await this.countInFile(file);
    return count;
  }
}
