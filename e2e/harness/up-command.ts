import { resolve } from 'node:path';
import type { Outcome } from '../../build/run-program.ts';
import { outcomeOf, startProgram, type Child } from './outcome.ts';

const script = resolve(import.meta.dir, '../up.ts');

/** `just up` and `just down`, without the build, in an environment of a test's own. */
export class UpCommand {
  readonly #env: () => Readonly<Record<string, string>>;

  /** What `env` gives replaces the variables of those names. */
  constructor(env: () => Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** Starts one of them, in a process group of its own. */
  start(word: 'up' | 'down', more: Readonly<Record<string, string>> = {}): Child {
    const env = { ...process.env, ...this.#env(), ...more };
    return startProgram([process.execPath, 'run', script, word], { env, detached: true });
  }

  /** Runs one of them to its end. */
  async run(word: 'up' | 'down', more?: Readonly<Record<string, string>>): Promise<Outcome> {
    return await outcomeOf(this.start(word, more));
  }
}
