import { createServer } from 'node:tls';
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { grpcBrokerService, grpcControllerService, grpcStdioService, healthService } from '../pb/services.ts';
import { Broker } from './broker.ts';
import type { Certificate } from './certificate.ts';
import { Controller } from './controller.ts';
import { healthHandlers } from './health.ts';
import { ListenerError } from './listener.ts';
import { liftResetLimit } from './reset-limit.ts';
import { Stdio } from './stdio.ts';
import { WatchedConnection } from './watched-connection.ts';

/** A gRPC service and the handlers that answer it. */
export interface Service {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}

/** A listening plugin server. */
export interface PluginServer {
  readonly broker: Broker;
  readonly controller: Controller;
  readonly stdio: Stdio;
  /** Stops listening, and ends every connection once what was answered is on its way. */
  close(): Promise<void>;
}

const noLimit = -1;

/** How many turns of the event loop an answer takes at most, and some more. */
const turnsOfAnAnswer = 5;

const nextTurn = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Starts go-plugin's own services and those given on a socket, for the one client that holds the host's certificate.
 * Throws `ListenerError` when the socket can't be had. Go: `GRPCServer` in go-plugin's grpc_server.go.
 */
export async function startPluginServer(
  socketPath: string,
  hostCert: string,
  own: Certificate,
  services: (broker: Broker) => readonly Service[],
): Promise<PluginServer> {
  const broker = new Broker();
  const controller = new Controller();
  const stdio = new Stdio();
  const server = new Server({
    'grpc.max_receive_message_length': noLimit,
    'grpc.max_send_message_length': noLimit,
    // Counts each call and each message, for a service that is not offered here.
    'grpc.enable_channelz': 0,
  });

  liftResetLimit(server);
  server.addService(healthService, healthHandlers());
  server.addService(grpcBrokerService, broker.handlers());
  server.addService(grpcControllerService, controller.handlers());
  server.addService(grpcStdioService, stdio.handlers());
  for (const { definition, handlers } of services(broker)) server.addService(definition, handlers);

  // grpc-js's own listener keeps its connections to itself, and with them what a client says after an answer.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer(
    {
      ca: hostCert,
      key: own.keyPem,
      cert: own.certPem,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (socket) => injector.injectConnection(new WatchedConnection(socket)),
  );
  await new Promise<void>((resolve, reject) => {
    listener.on('error', (error) => {
      reject(new ListenerError(`cannot listen on ${socketPath}: ${error.message}`, { cause: error }));
    });
    listener.listen(socketPath, resolve);
  });
  const close = async (): Promise<void> => {
    listener.close();
    // The end of an answer goes through HTTP/2 and TLS a turn of the event loop after its beginning.
    for (let turn = 0; turn < turnsOfAnAnswer; turn++) await nextTurn();
    server.forceShutdown();
  };
  return { broker, controller, stdio, close };
}
