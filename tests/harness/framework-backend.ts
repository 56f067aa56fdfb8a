import { type BackendSpec, createBackend } from '../../src/sdk/framework/backend.ts';
import { int, string } from '../../src/sdk/framework/field-type.ts';
import { definePath } from '../../src/sdk/framework/path.ts';
import { genericNameRegex } from '../../src/sdk/framework/pattern.ts';
import { defineSecret } from '../../src/sdk/framework/secret.ts';
import { backendType } from '../../src/sdk/logical/backend.ts';
import { nullLogger } from '../../src/sdk/logical/logger.ts';
import type { Request } from '../../src/sdk/logical/request.ts';
import type { Response } from '../../src/sdk/logical/response.ts';
import { fakeSystemView } from './fake-system-view.ts';
import { logicalRequest } from './logical-request.ts';
import { MemoryStorage } from './memory-storage.ts';

/** A backend that answers as told and remembers which of its callbacks were called. */
export function preparedBackend(
  given: Partial<BackendSpec> = {},
  answer: () => Response | undefined = () => ({ data: { ok: true } }),
) {
  const called: string[] = [];
  const note = (name: string) => async (): Promise<Response | undefined> => {
    called.push(name);
    return answer();
  };
  const system = fakeSystemView();
  const storage = new MemoryStorage();
  const fields = { name: { type: string, description: '' }, size: { type: int, description: '' } };
  const role = definePath({
    pattern: `roles/${genericNameRegex('name')}`,
    fields,
    operations: {
      read: { callback: note('read'), summary: '' },
      create: { callback: note('create'), summary: '' },
      update: { callback: note('update'), summary: '' },
      patch: { callback: note('patch'), summary: '' },
      delete: { callback: note('delete'), summary: '' },
    },
    existenceCheck: async (_req, data) => data.get('name') === 'there',
  });
  const roles = definePath({
    pattern: 'roles/?$',
    fields: {},
    operations: { list: { callback: note('list'), summary: '' } },
  });
  const any = definePath({
    pattern: 'any',
    fields: {},
    takesArbitraryInput: true,
    operations: { update: { callback: note('update any'), summary: '' } },
  });
  const creds = definePath({
    pattern: 'creds',
    fields: {},
    operations: {
      read: {
        callback: note('creds'),
        summary: '',
        forwardPerformanceStandby: true,
        forwardPerformanceSecondary: true,
      },
    },
  });
  const secret = defineSecret({ type: 'litellm_key', fields: {}, renew: note('renew'), revoke: note('revoke') });
  const fixed = defineSecret({ type: 'fixed', fields: {}, revoke: note('revoke fixed') });
  const backend = createBackend(
    {
      help: 'Help.',
      paths: [role, roles, any, creds],
      secrets: [secret, fixed],
      type: backendType.logical,
      runningVersion: 'v1.2.3',
      ...given,
    },
    { storage, system, logger: nullLogger, config: {}, backendUUID: 'uuid' },
  );
  const handle = async (request: Partial<Request>) =>
    await backend.handleRequest(logicalRequest({ storage, ...request }));
  return { backend, called, handle, system, storage };
}

/** What a request comes to: its response, or the error it fails with. */
export const outcome = async (promise: Promise<unknown>) => await promise.catch((error: unknown) => error);
