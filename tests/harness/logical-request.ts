import type { Request } from '../../src/sdk/logical/request.ts';
import { MemoryStorage } from './memory-storage.ts';

/** A request as a host would send it, but for what is given. */
export function logicalRequest(given: Partial<Request> = {}): Request {
  return {
    id: 'request-1',
    operation: 'read',
    path: '',
    data: {},
    storage: new MemoryStorage(),
    mountPoint: 'litellm/',
    mountType: 'litellm',
    mountAccessor: 'litellm_1',
    displayName: 'token-test',
    entityId: 'entity-1',
    signal: new AbortController().signal,
    ...given,
  };
}
