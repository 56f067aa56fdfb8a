import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Outcome } from '../../build/run-program.ts';
import { outcomeOf, startProgram, type Child } from '../harness/outcome.ts';

/** Prints the path of the program of the engine in ENGINES, or without that why each engine is missing. SIGTERM aborts it. */
const module = `
import { selectEngines } from ${JSON.stringify(join(import.meta.dir, 'select-engines.ts'))};
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new Error('told to stop')));
const { engines, missing } = await selectEngines(process.env.ENGINES);
for (const { engine, reason } of missing) console.log(engine.title + ': ' + reason);
try {
  for (const engine of engines) console.log((await engine.program({ signal: stop.signal })).path);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
`;

/**
 * What a test gives to a process that asks for an engine: no program but those of its own `bin`, and a cache, a home and a folder
 * for temporary files where nothing is yet.
 */
export class BareMachine implements AsyncDisposable {
  /** All that it has; removed in the end. */
  readonly folder: string;
  readonly #started: Child[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<BareMachine> {
    const machine = new BareMachine(await mkdtemp(join(await realpath(tmpdir()), 'bare-machine-')));
    for (const name of ['bin', 'tmp', 'here']) await mkdir(join(machine.folder, name));
    return machine;
  }

  /** Where programs are kept, once there is one. */
  get cache(): string {
    return join(this.folder, 'cache/vault-plugin-secrets-litellm');
  }

  /** Makes a program of the lines of a shell script, which names others by their path. Gives its own path. */
  async program(name: string, script: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await Bun.write(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  /** Starts what asks for an engine there, in the folder `here`; or, with a script, that. */
  start(env: Readonly<Record<string, string>>, script?: string): Child {
    const child = startProgram([process.execPath, ...(script === undefined ? ['-e', module] : [script])], {
      cwd: join(this.folder, 'here'),
      env: {
        PATH: join(this.folder, 'bin'),
        HOME: this.folder,
        XDG_CACHE_HOME: join(this.folder, 'cache'),
        TMPDIR: join(this.folder, 'tmp'),
        ...env,
      },
    });
    this.#started.push(child);
    return child;
  }

  async run(env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return await outcomeOf(this.start(env));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#started) {
      child.kill('SIGKILL');
      await child.exited;
    }
    await rm(this.folder, { recursive: true });
  }
}
