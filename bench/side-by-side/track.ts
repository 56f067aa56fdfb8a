import { basename } from 'node:path';
import type { Engine } from '../../e2e/engines/engine.ts';
import { EngineServer } from '../../e2e/harness/engine-server.ts';
import { mountPlugin, pluginBinary, registerPlugin } from '../../e2e/harness/plugin.ts';
import { benchRole } from '../litellm.ts';
import type { Programs } from './programs.ts';

/** The two plugins. */
export const sideNames = ['ours', 'go'] as const;
export type SideName = (typeof sideNames)[number];

/** Both; who begins changes with each round. */
export function sidesInTurns(round: number): readonly SideName[] {
  return round % 2 === 0 ? sideNames : sideNames.toReversed();
}

/** The engine refused what it was asked for. */
export class EngineAnswerError extends Error {
  override readonly name = 'EngineAnswerError';

  constructor(path: string, status: number, errors: string) {
    super(`the engine answered ${status} to ${path}: ${errors}`);
  }
}

const pluginNames = { ours: 'bench-ours', go: 'bench-go' } as const satisfies Record<SideName, string>;

/** What a new mount is told: its connection, and a role `bench`, whose credentials are at `creds/bench`. */
export function writesOf(
  side: SideName,
  upstream: string,
): readonly (readonly [path: string, body: Readonly<Record<string, unknown>>])[] {
  return side === 'ours'
    ? [
        ['config', { base_url: upstream, master_key: 'sk-test-not-a-real-key', verify_connection: false }],
        ['roles/bench', benchRole],
      ]
    : [
        ['config', { address: upstream, token: 'test-not-a-real-token' }],
        ['role/bench', { user_id: 'user-0000000000000000', ttl: benchRole.ttl }],
      ];
}

/** An engine with the plugins registered, their upstream beside it. Dispose of it. */
export class Track implements AsyncDisposable {
  readonly server: EngineServer;
  readonly version: string;
  readonly #upstream: string;

  private constructor(server: EngineServer, version: string, upstream: string) {
    this.server = server;
    this.version = version;
    this.#upstream = upstream;
  }

  /** Starts one, with storage in memory and a quiet log. `ours` names another build of this plugin. */
  static async start(
    engine: Engine,
    programs: Programs,
    upstream: string,
    { signal, ours = pluginBinary }: { readonly signal: AbortSignal; readonly ours?: string },
  ): Promise<Track> {
    const { path, version } = await engine.program({ report: (line) => console.error(line), signal });
    const server = await EngineServer.start({ engine, binary: path, logLevel: 'error' });
    try {
      await registerPlugin(server, { name: pluginNames.ours, binary: ours });
      await registerPlugin(server, { name: pluginNames.go, binary: programs.terraform });
      return new Track(server, version, upstream);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Mounts one of the plugins, with a connection and a role `bench`; gives the path of its credentials. */
  async mount(side: SideName, path: string): Promise<string> {
    await mountPlugin(this.server, path, pluginNames[side]);
    for (const [inside, body] of writesOf(side, this.#upstream)) await this.write(`${path}/${inside}`, body);
    return `${path}/creds/bench`;
  }

  /** Writes a path. @throws EngineAnswerError */
  async write(path: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    const { status, errors } = await this.server.api('POST', path, body);
    if (status >= 300) throw new EngineAnswerError(path, status, errors);
  }

  /** Ends the process of a plugin; the engine starts another one, which has done nothing yet. */
  async restart(side: SideName): Promise<void> {
    await this.write('sys/plugins/reload/backend', { plugin: pluginNames[side] });
  }

  /** The one process of a plugin. */
  async pid(side: SideName): Promise<number> {
    const name = pluginNames[side];
    const all = await this.server.plugins();
    // One that runs from its sources is called after them.
    const isIts = (command: string): boolean =>
      basename(command.split(' ')[0] ?? '') === name || (side === 'ours' && command.includes('/src/main.ts'));
    const [found, ...more] = all.filter(({ command }) => isIts(command));
    if (found === undefined || more.length > 0) throw new Error(`not exactly one process of ${name} runs`);
    return found.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}
