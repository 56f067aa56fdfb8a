import { createFactory } from '../../src/engine/backend.ts';
import type { Backend } from '../../src/sdk/logical/backend.ts';
import type { Logger } from '../../src/sdk/logical/logger.ts';
import { systemRandom } from '../../src/sdk/logical/random.ts';
import type { Request } from '../../src/sdk/logical/request.ts';
import type { Response } from '../../src/sdk/logical/response.ts';
import type { Secret } from '../../src/sdk/logical/secret.ts';
import { FakeClock } from './fake-clock.ts';
import { type FakeSystemView, fakeSystemView, type FakeSystemViewValues } from './fake-system-view.ts';
import { type LiteLLMServer, type LiteLLMServerOptions, startLiteLLMServer } from './litellm-server.ts';
import { MemoryStorage } from './memory-storage.ts';

export { FakeClock } from './fake-clock.ts';

/** What may differ between the engines of tests. */
export interface TestEngineOptions {
  readonly system?: Partial<FakeSystemViewValues>;
  readonly litellm?: LiteLLMServerOptions;
}

/** What a request of a test may carry besides its operation and path. */
export type RequestParts = Partial<
  Pick<Request, 'data' | 'secret' | 'signal' | 'onUndelivered' | 'entityId' | 'displayName' | 'id'>
>;

/** The engine in this process, with a stand-in for LiteLLM and storage in memory; both share one clock. */
export interface TestEngine extends AsyncDisposable {
  readonly backend: Backend;
  readonly storage: MemoryStorage;
  readonly system: FakeSystemView;
  readonly litellm: LiteLLMServer;
  readonly clock: FakeClock;
  /** What was logged, as text. */
  readonly log: string[];
  request(operation: string, path: string, parts?: RequestParts): Promise<Response | undefined>;
  /** Writes `config` for the stand-in. */
  configure(fields?: Readonly<Record<string, unknown>>): Promise<Response | undefined>;
  /** Reads `creds/<role>`; throws what the response says if it is an error. */
  issue(role: string): Promise<IssuedKey>;
}

/** A leased key, as the client and the host see it. */
export interface IssuedKey {
  readonly key: string;
  readonly tokenId: string;
  readonly secret: Secret;
  readonly response: Response;
}

/** Starts the engine and its stand-in; dispose of it. */
export async function startEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const clock = new FakeClock();
  const litellm = await startLiteLLMServer({ now: () => clock.now(), ...options.litellm });
  const storage = new MemoryStorage();
  const system = fakeSystemView(options.system);
  const log: string[] = [];
  const logger: Logger = { log: (level, message, fields) => log.push(JSON.stringify({ level, message, ...fields })) };
  const factory = createFactory({ version: 'v0.0.0-test', clock, random: systemRandom, sleep: clock.sleep });
  const backendUUID = '00000000-0000-4000-8000-000000000001';
  const backend = await factory({ storage, system, logger, config: {}, backendUUID });

  const request: TestEngine['request'] = (operation, path, parts = {}) =>
    backend.handleRequest({
      id: 'request-1',
      operation,
      path,
      data: {},
      storage,
      mountPoint: 'litellm/',
      mountType: 'vault-plugin-secrets-litellm',
      mountAccessor: '',
      displayName: 'token',
      entityId: '',
      signal: new AbortController().signal,
      ...parts,
    });

  return {
    backend,
    storage,
    system,
    litellm,
    clock,
    log,
    request,
    configure: (fields = {}) =>
      request('update', 'config', { data: { base_url: litellm.url, master_key: litellm.masterKey, ...fields } }),
    async issue(role) {
      const response = await request('read', `creds/${role}`);
      const { data = {}, secret } = response ?? {};
      if (response === undefined || secret === undefined) throw new Error(`no key: ${JSON.stringify(data)}`);
      return {
        key: String(data['key']),
        tokenId: String(data['token_id']),
        secret: { ...secret, issueTime: clock.now() },
        response,
      };
    },
    async [Symbol.asyncDispose]() {
      clock.flow();
      await backend.cleanup();
      await litellm.stop();
    },
  };
}

/** An engine that is configured and has the role `team`. */
export async function engineWithRole(
  role: Readonly<Record<string, unknown>> = { ttl: '1h', max_ttl: '3h' },
): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure();
  await engine.request('create', 'roles/team', { data: role });
  return engine;
}
