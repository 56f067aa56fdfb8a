import { createFactory } from '../../src/engine/backend.ts';
import type { OASDocument } from '../../src/sdk/framework/openapi-document.ts';
import type { Storage } from '../../src/sdk/logical/storage.ts';
import type { SystemView } from '../../src/sdk/logical/system-view.ts';

/** What help asks of a host and of its storage is `known`; all else says that it was asked for. */
function nothingBut<Host extends object>(known: Partial<Host>): Host {
  const get = (target: object, name: string): unknown => {
    if (name in target) return Reflect.get(target, name);
    throw new Error(`help has asked for ${name}`);
  };
  return new Proxy(known, { get }) as Host;
}

const storage = nothingBut<Storage>({});
const system = nothingBut<SystemView>({ pluginEnv: async () => ({ vaultVersion: '' }) });

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
