import { status } from '@grpc/grpc-js';
import type { HostConnection } from '../go-plugin/host-connection.ts';
import { ReadOnlyError, RelativePathError, TransactionConflictError, ValueTooLargeError } from '../logical/error.ts';
import type { Logger } from '../logical/logger.ts';
import type { Storage, Transaction } from '../logical/storage.ts';
import { storageService } from '../pb/services.ts';

/**
 * The host's storage refused. The message is exactly the host's own: by its text, the host recognizes "Vault is
 * sealed", "permission denied" or an overload when the request fails with it, and answers with their status.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/** One call to the storage, as the log names it. */
interface StorageCall {
  readonly operation: 'list' | 'read' | 'write' | 'delete' | 'begin a transaction' | 'commit' | 'roll back';
  readonly key: string;
}

type Host = Pick<HostConnection, 'call'>;

/** Waits for a reply, logs a refusal and throws it. */
type Answered = <Reply extends { readonly err?: string | null }>(
  call: StorageCall,
  reply: Promise<Reply>,
) => Promise<Reply>;

/**
 * A mount's storage, which the host keeps. The log has what the host refuses, with its key, since the error itself does
 * not tell. Throws {@link StorageError}, `ReadOnlyError`, `RelativePathError`, `ValueTooLargeError`, and grpc-js's
 * `ServiceError` if the host cannot be reached. Go: `GRPCStorageClient` in sdk/plugin/grpc_storage.go.
 */
export function createStorageClient(host: Host, logger: Logger): Storage {
  const answered: Answered = async (call, reply) => {
    try {
      const answer = await reply;
      if (answer.err) throw refusal(call, answer.err);
      return answer;
    } catch (error) {
      if (!isNoFault(error)) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.log('warn', 'the storage refused', { ...call, error: reason });
      }
      throw error;
    }
  };
  const isTransactional = whetherTransactional(host);
  return {
    ...storageCalls(host, answered, {}),
    async beginTx() {
      if (!(await isTransactional())) return undefined;
      const begin = { operation: 'begin a transaction', key: '' } as const;
      const { txn } = await answered(begin, host.call(storageService.beginTx, {}));
      return txn ? transactionOf(host, answered, txn) : undefined;
    },
  };
}

function storageCalls(host: Host, answered: Answered, within: { readonly txn?: string }): Omit<Storage, 'beginTx'> {
  return {
    async list(prefix) {
      const call = { operation: 'list', key: prefix } as const;
      const { keys } = await answered(call, host.call(storageService.list, { prefix, ...within }));
      return keys ?? [];
    },
    async listPage(prefix, after, limit) {
      const call = { operation: 'list', key: prefix } as const;
      const page = host.call(storageService.listPage, { prefix, after, limit, ...within });
      const answer = await orNotOffered(answered(call, page));
      return answer && (answer.keys ?? []);
    },
    async get(key) {
      const { entry } = await answered({ operation: 'read', key }, host.call(storageService.get, { key, ...within }));
      return entry ? { key, value: entry.value ?? new Uint8Array(), sealWrap: entry.sealWrap ?? false } : undefined;
    },
    async put({ key, value, sealWrap = false }) {
      const request = { entry: { key, value, sealWrap }, ...within };
      await answered({ operation: 'write', key }, host.call(storageService.put, request));
    },
    async delete(key) {
      await answered({ operation: 'delete', key }, host.call(storageService.delete, { key, ...within }));
    },
  };
}

function transactionOf(host: Host, answered: Answered, txn: string): Transaction {
  const calls = storageCalls(host, answered, { txn });
  // A commit may be refused for what was put before it.
  let key = '';
  return {
    ...calls,
    async put(entry) {
      key = entry.key;
      await calls.put(entry);
    },
    async commit() {
      await answered({ operation: 'commit', key }, host.call(storageService.commit, { txn }));
    },
    async rollback() {
      await answered({ operation: 'roll back', key }, host.call(storageService.rollback, { txn }));
    },
  };
}

/** Asks once, when it is first needed: while a plugin is registered, there is no storage to ask about. */
function whetherTransactional(host: Host): () => Promise<boolean> {
  let known: boolean | undefined;
  return async () => {
    known ??= (await orNotOffered(host.call(storageService.isTransactional, {})))?.transactional ?? false;
    return known;
  };
}

/** Undefined if the host does not know the call, as Vault does not know what OpenBao added. */
async function orNotOffered<Reply>(reply: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (isNotOffered(error)) return undefined;
    throw error;
  }
}

function isNotOffered(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === status.UNIMPLEMENTED;
}

/** A node that must not write forwards the request, a conflict is tried again, and a missing call has a substitute. */
function isNoFault(error: unknown): boolean {
  return error instanceof ReadOnlyError || error instanceof TransactionConflictError || isNotOffered(error);
}

const readOnlyText = new ReadOnlyError().message;
const relativePathText = new RelativePathError().message;
/**
 * How the message of raft, the in-memory storage and others begins; most then give the sizes. Go:
 * `physical.ErrValueTooLarge`.
 */
const valueTooLargeText = 'put failed due to value being too large';

/** Go: `physical.ErrTransactionCommitFailure` of OpenBao's SDK. */
const conflictText = 'transaction commit failed';

function refusal({ key }: StorageCall, reason: string): Error {
  if (reason.includes(readOnlyText)) return new ReadOnlyError();
  if (reason === relativePathText) return new RelativePathError();
  if (reason.includes(valueTooLargeText)) return new ValueTooLargeError(key, reason);
  if (reason.includes(conflictText)) return new TransactionConflictError(reason);
  return new StorageError(reason);
}
