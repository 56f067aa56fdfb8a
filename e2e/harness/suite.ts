import { afterAll, beforeAll, describe, setDefaultTimeout } from 'bun:test';
import type { Engine } from '../engines/engine.ts';
import { selectEngines } from '../engines/select-engines.ts';
import { CommandLine } from './command-line.ts';
import { ask } from './engine-api.ts';
import { startLiteLLM, type LiteLLM } from './litellm.ts';
import { EngineServer, type EngineOptions } from './engine-server.ts';
import { mountPlugin, registerPlugin, unmountPlugin } from './plugin.ts';

/** What the tests of one file share on one engine: an engine with the plugin at `litellm/`, configured for a LiteLLM. */
export interface Suite {
  readonly server: EngineServer;
  /** The engine's own command line. */
  readonly cli: CommandLine;
  readonly litellm: LiteLLM;
  /** Two models that the LiteLLM offers. */
  readonly models: readonly [string, string];
}

/** How the engine and the LiteLLM of a suite are started. */
export interface SuiteOptions {
  readonly storage?: EngineOptions['storage'];
  readonly config?: EngineOptions['config'];
  readonly litellm?: () => Promise<LiteLLM>;
  /** Leaves the plugin to the tests: it is neither registered nor mounted. */
  readonly bare?: boolean;
}

const selection = await selectEngines(process.env['ENGINES']);

/** Declares the same tests for each engine that ENGINES names. */
export function describeEngines(declare: (engine: Engine) => void): void {
  for (const engine of selection.engines) describe(`${engine.title} ${engine.version}:`, () => declare(engine));
}

/**
 * Starts a suite before the tests of the calling `describe` and stops it after them; the call it gives is for use inside tests.
 * A process that a server leaves behind fails the tests.
 */
export function useSuite(
  engine: Engine,
  { storage = 'memory', config = {}, litellm: startProxy = startLiteLLM, bare = false }: SuiteOptions = {},
): () => Suite {
  const stops: (() => Promise<void>)[] = [];
  let suite: Suite | undefined;
  setDefaultTimeout(60_000);
  beforeAll(async () => {
    const litellm = await startProxy();
    stops.push(() => litellm.stop());
    const server = await startServer(engine, { storage, config }, stops);
    stops.push(() => server.stop());
    // A proxy that goes on running is left without keys of ours.
    if (litellm.standIn === undefined) stops.push(() => unmountPlugin(server, 'litellm'));
    if (!bare) {
      await registerPlugin(server);
      await mountPlugin(server, 'litellm');
      await configure(server, 'litellm', litellm);
    }
    suite = { server, cli: new CommandLine(server), litellm, models: await litellm.twoModels() };
  }, 600_000);
  afterAll(async () => {
    const failures: unknown[] = [];
    for (const stop of stops.toReversed()) await stop().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
  }, 60_000);
  return () => {
    if (suite === undefined) throw new Error('the suite did not start');
    return suite;
  };
}

/** Starts an engine as a process, or in a container where E2E_WAY asks for that. */
async function startServer(
  engine: Engine,
  options: Pick<EngineOptions, 'storage' | 'config'>,
  stops: (() => Promise<void>)[],
): Promise<EngineServer> {
  if (process.env['E2E_WAY'] !== 'containers') {
    return EngineServer.start({ engine, ...options });
  }
  // Loaded here alone: most runs need no Docker client.
  const { containerEngine } = await import('../containers/container-engine.ts');
  const container = await containerEngine(engine);
  stops.push(async () => container[Symbol.asyncDispose]());
  return EngineServer.start({ engine, ...options, binary: container.binary, start: container.start });
}

/** Writes the `config` of a mount, with other fields beside the two that it needs. @throws RefusedError */
export async function configure(
  server: Pick<EngineServer, 'api'>,
  mount: string,
  litellm: Pick<LiteLLM, 'url' | 'masterKey'>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await ask(server, 'POST', `${mount}/config`, { base_url: litellm.url, master_key: litellm.masterKey, ...more });
}
