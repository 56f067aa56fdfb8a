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
import type { Storage } from '../../../src/sdk/logical/storage.ts';
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
 * storage throws travels in the reply, as Go's does; what the system view throws fails the call.
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

function storageHandlers(storage: Storage) {
  return {
    list: unary(async ({ prefix }: pb.StorageListArgs.$Shape) =>
      orRefusal(async () => ({ keys: [...(await storage.list(prefix ?? ''))] })),
    ),
    get: unary(async ({ key }: pb.StorageGetArgs.$Shape) =>
      orRefusal(async () => {
        const entry = await storage.get(key ?? '');
        return entry === undefined ? {} : { entry };
      }),
    ),
    put: unary(async ({ entry }: pb.StoragePutArgs.$Shape) =>
      orRefusal(async () => {
        const { key, value, sealWrap } = entry ?? {};
        await storage.put({ key: key ?? '', value: value ?? new Uint8Array(), sealWrap: sealWrap ?? false });
        return {};
      }),
    ),
    delete: unary(async ({ key }: pb.StorageDeleteArgs.$Shape) =>
      orRefusal(async () => {
        await storage.delete(key ?? '');
        return {};
      }),
    ),
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
      (error: unknown) => callback({ code: status.UNKNOWN, details: messageOf(error) }),
    );
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
