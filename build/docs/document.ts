import { createFactory } from '../../src/engine/backend.ts';
import type { OASDocument } from '../../src/sdk/framework/openapi-document.ts';
import type { Storage } from '../../src/sdk/logical/storage.ts';
import type { SystemView } from '../../src/sdk/logical/system-view.ts';

/** What help asks of a host and of its storage: nothing but the version, so the rest says that it was asked for. */
function unasked(name: string): () => Promise<never> {
  return async () => {
    throw new Error(`help has asked for ${name}`);
  };
}

const storage: Storage = {
  list: unasked('a list'),
  listPage: unasked('a page of a list'),
  get: unasked('an entry'),
  put: unasked('a write'),
  delete: unasked('a deletion'),
  beginTx: unasked('a transaction'),
};

const system: SystemView = {
  defaultLeaseTTL: unasked('the default lease'),
  maxLeaseTTL: unasked('the longest lease'),
  tainted: unasked('whether the mount is tainted'),
  replicationState: unasked('the state of the replication'),
  localMount: unasked('whether the mount is local'),
  entityInfo: unasked('an entity'),
  groupsForEntity: unasked('groups'),
  pluginEnv: async () => ({ vaultVersion: '' }),
};

/** The OpenAPI document of the engine's paths, as `help` on the mount answers it. */
export async function engineDocument(): Promise<OASDocument> {
  const factory = createFactory({ version: 'v0.0.0' });
  const backend = await factory({
    storage,
    system,
    logger: { log: () => undefined },
    config: {},
    backendUUID: '00000000-0000-4000-8000-000000000000',
  });
  try {
    const response = await backend.handleRequest({
      id: '',
      operation: 'help',
      path: '',
      data: { requestResponsePrefix: 'litellm' },
      storage,
      mountPoint: 'litellm/',
      mountType: '',
      mountAccessor: '',
      displayName: '',
      entityId: '',
      signal: new AbortController().signal,
    });
    return response?.data?.['openapi'] as OASDocument;
  } finally {
    await backend.cleanup();
  }
}
