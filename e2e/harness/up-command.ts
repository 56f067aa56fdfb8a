import { resolve } from 'node:path';

const script = resolve(import.meta.dir, '../up.ts');

/** What a run of `just up` or `just down` left. */
export interface UpResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `just up` and `just down`, without the build, in an environment of a test's own. */
export class UpCommand {
  readonly #env: () => Readonly<Record<string, string>>;

  /** What `env` gives replaces the variables of those names. */
  constructor(env: () => Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** Starts one of them, in a process group of its own. */
  start(word: 'up' | 'down', more: Readonly<Record<string, string>> = {}): Running {
    return Bun.spawn([process.execPath, 'run', script, word], {
      env: { ...process.env, ...this.#env(), ...more },
      detached: true,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
  }

  /** Runs one of them to its end. */
  async run(word: 'up' | 'down', more?: Readonly<Record<string, string>>): Promise<UpResult> {
    return await outcomeOf(this.start(word, more));
  }
}

type Running = Bun.Subprocess<'ignore', 'pipe', 'pipe'>;

/** Waits for something that happens while a run goes on. @throws Error with what it said, where it ends first */
export async function during(child: Running, event: Promise<void>): Promise<void> {
  const ended = child.exited.then(async (code) => {
    throw new Error(`it ended with ${code}, saying: ${await child.stderr.text()}`);
  });
  await Promise.race([event, ended]);
}

/** What a run left that was started. */
export async function outcomeOf(child: Running): Promise<UpResult> {
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, stdout, stderr };
}
