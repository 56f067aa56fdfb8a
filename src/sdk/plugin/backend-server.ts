import { edenGC, fullGC } from 'bun:jsc';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Broker } from '../go-plugin/broker.ts';
import type { Certificate } from '../go-plugin/certificate.ts';
import { connectToHost } from '../go-plugin/host-connection.ts';
import type { Factory } from '../logical/backend.ts';
import type { Clock } from '../logical/clock.ts';
import type { Logger } from '../logical/logger.ts';
import type { pb } from '../pb/pb.js';
import type { BackendInstance, BackendInstances } from './backend-instances.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import { errorToWire } from './error-translation.ts';
import { createGarbageCollection } from './garbage.ts';
import { createStorageClient } from './storage-client.ts';
import { createSystemViewClient } from './system-view-client.ts';
import { requestFromWire, responseToWire } from './translation.ts';
import { type CallContext, unary } from './unary.ts';

/** What the server of backends needs. */
export interface BackendServerOptions {
  readonly factory: Factory;
  readonly instances: BackendInstances;
  readonly broker: Broker;
  readonly hostCert: string;
  readonly own: Certificate;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The header that tells the mounts of one process apart; a host without multiplexing sends none. */
const multiplexIdHeader = 'multiplex_id';
const singleInstanceId = 'single';

function instanceId({ metadata }: CallContext): string {
  const [value] = metadata.get(multiplexIdHeader);
  return value === undefined ? singleInstanceId : String(value);
}

/** The handlers of `pb.Backend`. Go: `backendGRPCPluginServer` in sdk/plugin/grpc_backend_server.go. */
export function backendHandlers(options: BackendServerOptions): UntypedServiceImplementation {
  const { instances, logger, clock } = options;
  const garbage = createGarbageCollection({ young: edenGC, full: fullGC });
  const instanceOf = (context: CallContext): BackendInstance => instances.get(instanceId(context));

  return {
    setup: unary(logger, async (args: pb.SetupArgs.$Shape, context): Promise<pb.SetupReply.$Shape> => {
      try {
        await instances.add(instanceId(context), await setUp(args, options));
        return {};
      } catch (error) {
        return { err: errorToWire(error).errMsg ?? '' };
      }
    }),
    initialize: unary(logger, async (_args: pb.InitializeArgs.$Shape, context): Promise<pb.InitializeReply.$Shape> => {
      const { backend, storage } = instanceOf(context);
      try {
        await backend.initialize({ storage });
        return {};
      } catch (error) {
        return { err: errorToWire(error) };
      }
    }),
    type: unary(logger, (_args: pb.Empty.$Shape, context): pb.TypeReply.$Shape => ({
      type: instanceOf(context).backend.type,
    })),
    specialPaths: unary(logger, (_args: pb.Empty.$Shape, context): pb.SpecialPathsReply.$Shape => {
      const {
        root = [],
        unauthenticated = [],
        localStorage = [],
        sealWrapStorage = [],
      } = instanceOf(context).backend.specialPaths();
      return {
        paths: {
          root: [...root],
          unauthenticated: [...unauthenticated],
          localStorage: [...localStorage],
          sealWrapStorage: [...sealWrapStorage],
        },
      };
    }),
    handleRequest: unary(
      logger,
      async (args: pb.HandleRequestArgs.$Shape, context): Promise<pb.HandleRequestReply.$Shape> => {
        const { backend, storage, calls } = instanceOf(context);
        const { signal, onUndelivered } = context;
        const request = { ...requestFromWire(args.request ?? {}, storage, signal), onUndelivered };
        try {
          const response = await calls.run(context, () => backend.handleRequest(request));
          return response ? { response: responseToWire(response, clock.now()) } : {};
        } catch (error) {
          return { err: errorToWire(error) };
        } finally {
          garbage.requestAnswered();
        }
      },
    ),
    handleExistenceCheck: unary(
      logger,
      async (args: pb.HandleExistenceCheckArgs.$Shape, context): Promise<pb.HandleExistenceCheckReply.$Shape> => {
        const { backend, storage } = instanceOf(context);
        const request = requestFromWire(args.request ?? {}, storage, context.signal);
        try {
          return await backend.handleExistenceCheck(request);
        } catch (error) {
          return { err: errorToWire(error) };
        }
      },
    ),
    invalidateKey: unary(logger, ({ key }: pb.InvalidateKeyArgs.$Shape, context): pb.Empty.$Shape => {
      instanceOf(context).backend.invalidateKey(key ?? '');
      return {};
    }),
    cleanup: unary(logger, async (_args: pb.Empty.$Shape, context): Promise<pb.Empty.$Shape> => {
      await instances.remove(instanceId(context));
      return {};
    }),
  };
}

async function setUp(args: pb.SetupArgs.$Shape, options: BackendServerOptions): Promise<BackendInstance> {
  const announcement = await options.broker.announcement(args.brokerId ?? 0);
  const host = connectToHost(announcement, options.hostCert, options.own);
  const storage = createStorageClient(host, options.logger);
  try {
    const backend = await options.factory({
      storage,
      system: createSystemViewClient(host),
      logger: options.logger,
      config: args.config ?? {},
      backendUUID: args.backendUuid ?? '',
    });
    return { backend, storage, host, calls: new CallsInFlight() };
  } catch (error) {
    host.close();
    throw error;
  }
}
