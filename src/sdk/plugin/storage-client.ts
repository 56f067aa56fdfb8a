import type { HostConnection } from '../go-plugin/host-connection.ts';
import { ReadOnlyError } from '../logical/error.ts';
import type { Storage } from '../logical/storage.ts';
import { storageService } from '../pb/services.ts';

/** The host's storage refused; the message is the host's own, with the key it was about. */
export class StorageError extends Error {
  override readonly name = 'StorageError';

  constructor(action: string, reason: string) {
    super(`cannot ${action}: ${reason}`);
  }
}

/** A mount's storage, kept by the host. Go: `GRPCStorageClient` in sdk/plugin/grpc_storage.go. */
export function createStorageClient(host: HostConnection): Storage {
  return {
    async list(prefix) {
      const { keys, err } = await host.call(storageService.list, { prefix });
      throwIfRefused(err, `list "${prefix}" in the storage`);
      return keys ?? [];
    },
    async get(key) {
      const { entry, err } = await host.call(storageService.get, { key });
      throwIfRefused(err, `read "${key}" from the storage`);
      return entry ? { key, value: entry.value ?? new Uint8Array(), sealWrap: entry.sealWrap ?? false } : undefined;
    },
    async put({ key, value, sealWrap = false }) {
      const { err } = await host.call(storageService.put, { entry: { key, value, sealWrap } });
      throwIfRefused(err, `write "${key}" to the storage`);
    },
    async delete(key) {
      const { err } = await host.call(storageService.delete, { key });
      throwIfRefused(err, `delete "${key}" from the storage`);
    },
  };
}

const readOnlyText = new ReadOnlyError().message;

function throwIfRefused(reason: string | null | undefined, action: string): void {
  if (!reason) return;
  if (reason.includes(readOnlyText)) throw new ReadOnlyError();
  throw new StorageError(action, reason);
}
