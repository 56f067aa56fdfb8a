import { hashKey, type StoredKey } from '../../harness/litellm/stored-key.ts';
import { startEngine, type TestEngine, type TestEngineOptions } from '../../harness/engine.ts';

/** The user of the administrators' key in `config`. */
export const adminUser = 'made-up-admin';
/** That key. */
export const adminKey = 'sk-test-not-a-real-admin-key';

/** What a person asks LiteLLM for; throws what it answers unless it is good. */
export async function askLiteLLM(engine: TestEngine, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${engine.litellm.url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${engine.litellm.masterKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** How {@link rootEngine} begins. */
export interface RootEngineOptions extends TestEngineOptions {
  /** What the administrator's key is made with. */
  readonly key?: Readonly<Record<string, unknown>>;
  /** What is written to `config` besides the key. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** An engine with an administrator's virtual key in its configuration, and the role `team`. */
export async function rootEngine({ key = {}, config = {}, ...options }: RootEngineOptions = {}): Promise<TestEngine> {
  const engine = await startEngine({ ...options, litellm: { adminUserIds: [adminUser], ...options.litellm } });
  const made = { key_alias: 'made-by-hand', key_type: 'management', ...key };
  await askLiteLLM(engine, '/key/generate', { key: adminKey, user_id: adminUser, ...made });
  const response = await engine.configure({ master_key: adminKey, ...config });
  if (response?.data !== undefined) throw new Error(JSON.stringify(response.data));
  await engine.request('create', 'roles/team', { data: { ttl: '1h', max_ttl: '3h' } });
  return engine;
}

/** The key that is stored. */
export function storedKey(engine: TestEngine): string {
  const { masterKey } = engine.storage.peek('config') as { readonly masterKey: string };
  return masterKey;
}

/** The keys of the mount's own that live on the proxy. */
export function ownKeys(engine: TestEngine): readonly StoredKey[] {
  return engine.litellm.keys.all().filter(({ metadata }) => metadata['vault_backend_uuid'] === undefined);
}

/** The only one of them, which is the stored one. */
export function onlyOwnKey(engine: TestEngine): StoredKey {
  const [key, ...others] = ownKeys(engine);
  if (key === undefined || others.length > 0 || key.tokenId !== hashKey(storedKey(engine))) {
    throw new Error(
      `stored is ${hashKey(storedKey(engine))}, and there are ${ownKeys(engine)
        .map(({ tokenId }) => tokenId)
        .join(', ')}`,
    );
  }
  return key;
}

/** The write-ahead entries. */
export function walEntries(engine: TestEngine): readonly string[] {
  return engine.storage.keys.filter((entry) => entry.startsWith('wal/'));
}
