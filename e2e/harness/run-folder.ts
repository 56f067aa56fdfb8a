import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf, listProcesses, type ProcessInfo } from './processes.ts';
import { until } from './until.ts';

/** A folder for all that a run of tests makes: what the run starts with {@link env} in its environment belongs to it. */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one. */
  static async make(): Promise<RunFolder> {
    // Short: a plugin's socket is made in it.
    return new RunFolder(await mkdtemp(join(tmpdir(), 'e2e-')));
  }

  /** What says to whom a process belongs. */
  get env(): Readonly<Record<string, string>> {
    return { TMPDIR: this.path };
  }

  /**
   * Ends what still works in the folder, by force if need be, removes it, and gives what had to be ended: what was about to end by
   * itself is given `seconds` for that.
   */
  async remove(seconds: number): Promise<readonly ProcessInfo[]> {
    const isEmpty = async (): Promise<boolean> => (await this.processes()).length === 0;
    await until('all have ended', seconds, isEmpty).catch(() => undefined);
    const left = await this.processes();
    await this.#signal('SIGTERM');
    await until('all have ended', 20, isEmpty).catch(() => this.#signal('SIGKILL'));
    await rm(this.path, { recursive: true, force: true });
    return left;
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    for (const { pid } of await this.processes()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  /** What works in the folder. Only Linux tells to whom a process belongs. */
  async processes(): Promise<readonly ProcessInfo[]> {
    const all = await listProcesses();
    const own = await Promise.all(all.map((one) => this.#owns(one)));
    return all.filter((_, index) => own[index]);
  }

  async #owns(one: ProcessInfo): Promise<boolean> {
    const entry = `TMPDIR=${this.path}`;
    return (await environmentOf(one)).some((variable) => variable === entry || variable.startsWith(`${entry}/`));
  }
}
