import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Outcome, runProgram } from '../../build/run-program.ts';
import type { EngineServer } from './engine-server.ts';
import type { Json } from './engine-api.ts';
import { ReportedError } from './script.ts';

/** A command did not end as it should; the message shows what was typed, without the master key. */
export class CommandError extends ReportedError {
  override readonly name = 'CommandError';

  constructor(typed: string, { code, stderr }: Outcome) {
    const shown = typed.replaceAll(/(?<=\bmaster_key=)\S+/g, '…');
    super(`\`${shown}\` ended with ${code}, saying: ${stderr.trim() || 'nothing'}`);
  }
}

/** What a shell has in its environment that finds a server's program by its name and is root there. */
export async function shellEnvironment({
  folder,
  binary,
  engine: { command, prefix },
  address,
  rootToken,
}: Pick<EngineServer, 'folder' | 'binary' | 'engine' | 'address' | 'rootToken'>): Promise<Record<string, string>> {
  const programs = join(folder, 'bin');
  await mkdir(programs, { recursive: true });
  await symlink(binary, join(programs, command)).catch(() => undefined);
  return {
    PATH: `${programs}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: folder,
    [`${prefix}_ADDR`]: address,
    [`${prefix}_TOKEN`]: rootToken,
  };
}

/** An engine's own command line, as somebody with nothing but its address and a token in the environment would run it. */
export class CommandLine {
  readonly #server: EngineServer;
  readonly #env: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;

  /** The signal ends the command that runs. */
  constructor(server: EngineServer, env: Readonly<Record<string, string>> = {}, signal?: AbortSignal) {
    this.#server = server;
    this.#env = env;
    this.#signal = signal;
  }

  /** The same for the bearer of another token than root's. */
  as(token: string): CommandLine {
    return new CommandLine(this.#server, { ...this.#env, [`${this.#server.engine.prefix}_TOKEN`]: token });
  }

  /** The same within a namespace. */
  in(namespace: string): CommandLine {
    return new CommandLine(this.#server, { ...this.#env, [`${this.#server.engine.prefix}_NAMESPACE`]: namespace });
  }

  /** Runs one command, for at most a minute. */
  async run(...words: readonly string[]): Promise<Outcome> {
    return this.#spawn([this.#server.binary, ...words]);
  }

  /** What one command prints that has to succeed and to complain of nothing. @throws CommandError */
  async output(...words: readonly string[]): Promise<string> {
    const result = await this.run(...words);
    if (result.code !== 0 || result.stderr !== '') {
      throw new CommandError(`${this.#server.engine.command} ${words.join(' ')}`, result);
    }
    return result.stdout;
  }

  /** Runs a line in a shell that finds the engine's program by its name, for at most a minute. */
  async shell(line: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.#spawn(['/bin/sh', '-c', line], env);
  }

  async #spawn(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return await runProgram(command, {
      cwd: this.#server.folder,
      env: { ...(await shellEnvironment(this.#server)), ...this.#env, ...env },
      timeout: 60_000,
      signal: this.#signal,
    });
  }

  /** Runs one command that has to succeed and to print JSON. @throws CommandError */
  async json(...words: readonly [string, ...string[]]): Promise<Json> {
    const [verb, ...rest] = words;
    // Flags stand before the arguments; a verb of two words (`lease revoke`) is one with `-format` behind both.
    const verbs = rest.length > 0 && twoWordVerbs.has(verb) ? [verb, rest.shift() ?? ''] : [verb];
    const result = await this.run(...verbs, '-format=json', ...rest);
    if (result.code !== 0) throw new CommandError(`${this.#server.engine.command} ${verbs.join(' ')}`, result);
    return JSON.parse(result.stdout) as Json;
  }
}

const twoWordVerbs: ReadonlySet<string> = new Set(['lease', 'plugin', 'secrets', 'operator', 'namespace']);
