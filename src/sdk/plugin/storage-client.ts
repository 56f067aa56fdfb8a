import type { HostConnection } from '../go-plugin/host-connection.ts';
import { ReadOnlyError, RelativePathError, ValueTooLargeError } from '../logical/error.ts';
import type { Logger } from '../logical/logger.ts';
import type { Storage } from '../logical/storage.ts';
import { storageService } from '../pb/services.ts';

/**
 * The host's storage refused. The message is the host's own and nothing else: by its exact text the host knows "Vault is
 * sealed", "permission denied" or an overload again when the request has failed with it, and answers with their status.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/** One call to the storage, as the log names it. */
interface StorageCall {
  readonly operation: 'list' | 'read' | 'write' | 'delete';
  readonly key: string;
}

/**
 * A mount's storage, kept by the host. What the host refuses is in the log with the key that it was about, since the
 * error itself does not tell. Throws {@link StorageError}, `ReadOnlyError`, `RelativePathError`, `ValueTooLargeError`, and
 * grpc-js's `ServiceError` where the host cannot be reached. Go: `GRPCStorageClient` in sdk/plugin/grpc_storage.go.
 */
export function createStorageClient(host: Pick<HostConnection, 'call'>, logger: Logger): Storage {
  async function answered<Reply extends { readonly err?: string | null }>(
    call: StorageCall,
    reply: Promise<Reply>,
  ): Promise<Reply> {
    try {
      const answer = await reply;
      if (answer.err) throw refusal(call, answer.err);
      return answer;
    } catch (error) {
      // A node that must not write is no fault: the host hands the request on.
      if (!(error instanceof ReadOnlyError)) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.log('warn', 'the storage refused', { ...call, error: reason });
      }
      throw error;
    }
  }

  return {
    async list(prefix) {
      const call = { operation: 'list', key: prefix } as const;
      const { keys } = await answered(call, host.call(storageService.list, { prefix }));
      return keys ?? [];
    },
    async get(key) {
      const { entry } = await answered({ operation: 'read', key }, host.call(storageService.get, { key }));
      return entry ? { key, value: entry.value ?? new Uint8Array(), sealWrap: entry.sealWrap ?? false } : undefined;
    },
    async put({ key, value, sealWrap = false }) {
      const request = { entry: { key, value, sealWrap } };
      await answered({ operation: 'write', key }, host.call(storageService.put, request));
    },
    async delete(key) {
      await answered({ operation: 'delete', key }, host.call(storageService.delete, { key }));
    },
  };
}

const readOnlyText = new ReadOnlyError().message;
const relativePathText = new RelativePathError().message;
/** What raft, the in-memory storage and others begin with; most say the sizes then. Go: `physical.ErrValueTooLarge`. */
const valueTooLargeText = 'put failed due to value being too large';

function refusal({ key }: StorageCall, reason: string): Error {
  if (reason.includes(readOnlyText)) return new ReadOnlyError();
  if (reason === relativePathText) return new RelativePathError();
  if (reason.includes(valueTooLargeText)) return new ValueTooLargeError(key, reason);
  return new StorageError(reason);
}
