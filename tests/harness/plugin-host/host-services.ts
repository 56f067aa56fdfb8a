import {
  type handleUnaryCall,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  status,
} from '@grpc/grpc-js';
import Long from 'long';
import type { Certificate } from '../../../src/sdk/go-plugin/certificate.ts';
import type { Storage, Transaction } from '../../../src/sdk/logical/storage.ts';
import type { SystemView } from '../../../src/sdk/logical/system-view.ts';
import type { pb } from '../../../src/sdk/pb/pb.js';
import { storageService, systemViewService } from '../../../src/sdk/pb/services.ts';

/** What a listener of the host serves. */
export interface HostServices {
  readonly storage: Storage;
  readonly system: SystemView;
}

/** A listener of the host, as its broker announces one. */
export interface HostListener {
  close(): void;
}

/**
 * Serves one mount's storage and system view on a socket, for the plugin that answered with `pluginCertPem`. What the
 * storage throws travels in the reply, as Go's does; what the system view throws fails the call. Where the storage has
 * transactions, so has the host, as OpenBao; otherwise it does not know those calls, as Vault.
 * Go: `GRPCStorageServer`, `gRPCSystemViewServer`.
 */
export async function listenForPlugin(
  socketPath: string,
  own: Certificate,
  pluginCertPem: string,
  { storage, system }: HostServices,
): Promise<HostListener> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(storageService, storageHandlers(storage));
  server.addService(systemViewService, systemViewHandlers(system));
  const keyPair = { private_key: Buffer.from(own.keyPem), cert_chain: Buffer.from(own.certPem) };
  const tls = ServerCredentials.createSsl(Buffer.from(pluginCertPem), [keyPair], true);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, tls, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return { close: () => server.forceShutdown() };
}

/** The host does not know a call. */
class NotOfferedError extends Error {
  override readonly name = 'NotOfferedError';
}

function storageHandlers(storage: Storage) {
  const transactions = new Map<string, Transaction>();
  const within = (txn: string | null | undefined): Omit<Storage, 'beginTx'> => {
    if (!txn) return storage;
    const transaction = transactions.get(txn);
    if (transaction === undefined) throw new Error(`there is no transaction ${txn}`);
    return transaction;
  };
  const end = (how: 'commit' | 'rollback') =>
    unary(async ({ txn }: pb.StorageEndTxArgs.$Shape) =>
      orRefusal(async () => {
        const transaction = transactions.get(txn ?? '');
        if (transaction === undefined) throw new Error(`there is no transaction ${txn}`);
        transactions.delete(txn ?? '');
        await transaction[how]();
        return {};
      }),
    );
  return {
    list: unary(async ({ prefix, txn }: pb.StorageListArgs.$Shape) =>
      orRefusal(async () => ({ keys: [...(await within(txn).list(prefix ?? ''))] })),
    ),
    get: unary(async ({ key, txn }: pb.StorageGetArgs.$Shape) =>
      orRefusal(async () => {
        const entry = await within(txn).get(key ?? '');
        return entry === undefined ? {} : { entry };
      }),
    ),
    put: unary(async ({ entry, txn }: pb.StoragePutArgs.$Shape) =>
      orRefusal(async () => {
        const { key, value, sealWrap } = entry ?? {};
        await within(txn).put({ key: key ?? '', value: value ?? new Uint8Array(), sealWrap: sealWrap ?? false });
        return {};
      }),
    ),
    delete: unary(async ({ key, txn }: pb.StorageDeleteArgs.$Shape) =>
      orRefusal(async () => {
        await within(txn).delete(key ?? '');
        return {};
      }),
    ),
    isTransactional: unary(async () => {
      const transaction = await storage.beginTx();
      if (transaction === undefined) throw new NotOfferedError('unknown method IsTransactional');
      await transaction.rollback();
      return { transactional: true };
    }),
    beginTx: unary(async () =>
      orRefusal(async () => {
        const transaction = await storage.beginTx();
        if (transaction === undefined) throw new Error('the storage has no transactions');
        const txn = crypto.randomUUID();
        transactions.set(txn, transaction);
        return { txn };
      }),
    ),
    commit: end('commit'),
    rollback: end('rollback'),
  };
}

async function orRefusal<Reply>(reply: () => Promise<Reply>): Promise<Reply | { readonly err: string }> {
  try {
    return await reply();
  } catch (error) {
    return { err: messageOf(error) };
  }
}

function systemViewHandlers(system: SystemView) {
  return {
    defaultLeaseTTL: unary(async () => ({ ttl: nanoseconds(await system.defaultLeaseTTL()) })),
    maxLeaseTTL: unary(async () => ({ ttl: nanoseconds(await system.maxLeaseTTL()) })),
    tainted: unary(async () => ({ tainted: await system.tainted() })),
    replicationState: unary(async () => ({ state: await system.replicationState() })),
    localMount: unary(async () => ({ local: await system.localMount() })),
    entityInfo: unary(async ({ entityId }: pb.EntityArgs.$Shape): Promise<pb.EntityInfoReply.$Shape> => {
      const entity = await system.entityInfo(entityId ?? '');
      return entity === undefined ? {} : { entity: { ...entity, aliases: [...entity.aliases] } };
    }),
    groupsForEntity: unary(async ({ entityId }: pb.EntityArgs.$Shape) => ({
      groups: [...(await system.groupsForEntity(entityId ?? ''))],
    })),
    pluginEnv: unary(async () => ({ pluginEnvironment: await system.pluginEnv() })),
  };
}

/** A duration on the wire, by a way of its own and not by the plugin's. */
export function nanoseconds(seconds: number): Long {
  return Long.fromString((BigInt(seconds) * 1_000_000_000n).toString());
}

function unary<Request, Response>(answer: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return ({ request }: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    answer(request).then(
      (response) => callback(null, response),
      (error: unknown) => {
        const code = error instanceof NotOfferedError ? status.UNIMPLEMENTED : status.UNKNOWN;
        callback({ code, details: messageOf(error) });
      },
    );
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
