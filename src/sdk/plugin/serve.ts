import { unlinkSync } from 'node:fs';
import { generateCertificate } from '../go-plugin/certificate.ts';
import { readHostEnvironment } from '../go-plugin/environment.ts';
import { handshakeLine } from '../go-plugin/handshake.ts';
import { createHclogLogger } from '../go-plugin/hclog.ts';
import { shareWithGroup, socketPathIn } from '../go-plugin/listener.ts';
import { Multiplexer } from '../go-plugin/multiplexer.ts';
import { type PluginServer, type Service, startPluginServer } from '../go-plugin/server.ts';
import type { Factory } from '../logical/backend.ts';
import { type Clock, systemClock } from '../logical/clock.ts';
import type { Logger } from '../logical/logger.ts';
import { type Random, systemRandom } from '../logical/random.ts';
import type { logical, pluginutil } from '../pb/pb.js';
import { backendService, pluginMultiplexingService, pluginVersionService } from '../pb/services.ts';
import { BackendInstances } from './backend-instances.ts';
import { backendHandlers } from './backend-server.ts';
import { unary } from './unary.ts';

export { isStartedByHost } from '../go-plugin/environment.ts';

/** What a plugin's process needs. */
export interface ServeOptions {
  /** Semantic, with a leading `v`; must be the version that the plugin is registered under. */
  readonly version: string;
  readonly factory: Factory;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  readonly logger: Logger;
  readonly console: Pick<Console, 'log' | 'info' | 'debug'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a plugin's log needs. */
export interface LoggerOptions {
  readonly name: string;
  readonly stderr: NodeJS.WriteStream;
  readonly clock: Clock;
}

/** The parts of {@link ServeOptions} and {@link LoggerOptions} that a real process has. */
export const systemProcess = {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  console,
  clock: systemClock,
  random: systemRandom,
} satisfies Partial<ServeOptions & LoggerOptions>;

/** A plugin that serves its host. */
export interface ServedPlugin {
  /** Resolves when the host no longer needs the process, or is gone, and every mount is closed. */
  readonly done: Promise<void>;
  /** Closes every mount and removes the socket: for a signal. */
  stop(): Promise<void>;
}

const socketNameBytes = 8;
/** A host that has not connected by now will not: go-plugin's own client waits as long for a plugin. */
const connectTimeoutMs = 60_000;
/** A host that shuts a plugin down closes the broker's stream first, and then asks for the shutdown. */
const shutdownAfterLossMs = 1_500;
/** What unfinished work gets once the host no longer needs the process; go-plugin kills it after 2 s. */
const cleanupTimeoutMs = 1_500;
/** A host that died kills nobody, so unfinished work may finish. */
const orphanCleanupTimeoutMs = 20_000;

/**
 * The log of a process whose standard error a host reads, also before the handshake. The host reads any other line
 * there as one of the level debug, which few engines show.
 */
export function createLogger({ name, stderr, clock }: LoggerOptions): Logger {
  // A host that died closes our standard error; a log line must not end the clean-up.
  stderr.on('error', () => undefined);
  return createHclogLogger(
    (line) => void stderr.write(line),
    () => clock.now(),
    name,
  );
}

/**
 * Starts serving: prints the handshake and gives standard output to the protocol. Throws `HostEnvironmentError` or
 * `ListenerError` with a message for whoever reads the host's log. Go: `plugin.ServeMultiplex` in sdk/plugin/serve.go
 * and go-plugin's `Serve`.
 */
export async function serveMultiplex(options: ServeOptions): Promise<ServedPlugin> {
  const { clock, random, stdout, logger } = options;
  const environment = readHostEnvironment(options.environment);

  const own = await generateCertificate(clock.now());
  const newSocketPath = (): string => socketPathIn(environment.socketDir, random.bytes(socketNameBytes));
  const socketPath = newSocketPath();
  const instances = new BackendInstances();
  const ownPath = environment.multiplex ? newSocketPath() : socketPath;
  const server = await startPluginServer(ownPath, environment.clientCert, own, (broker) => [
    {
      definition: backendService,
      handlers: backendHandlers({
        factory: options.factory,
        instances,
        broker,
        hostCert: environment.clientCert,
        own,
        logger,
        clock,
      }),
    },
    ...describingServices(options.version, logger),
  ]);
  let multiplexer: Multiplexer | undefined;
  try {
    if (environment.multiplex) {
      const shared = await Multiplexer.listen(socketPath, ownPath);
      server.broker.findBy((serviceId) => shared.serviceOfHost(serviceId, server.broker, newSocketPath()));
      multiplexer = shared;
    }
    if (environment.socketGroup !== undefined) shareWithGroup(socketPath, environment.socketGroup);
  } catch (error) {
    await server.close();
    multiplexer?.close();
    for (const path of [socketPath, ownPath]) removeSocket(path);
    throw error;
  }

  stdout.write(handshakeLine(socketPath, own.der, environment.multiplex));
  server.stdio.capture(stdout, options.console);

  const stop = once(async (timeoutMs: number) => {
    await settledWithin(timeoutMs, instances.removeAll());
    await server.close();
    multiplexer?.close();
    for (const path of [socketPath, ownPath]) removeSocket(path);
  });
  return { done: untilUnneeded(server).then(stop), stop: () => stop(cleanupTimeoutMs) };
}

/** The services by which a plugin describes itself. */
function describingServices(version: string, logger: Logger): readonly Service[] {
  return [
    {
      definition: pluginVersionService,
      handlers: { version: unary(logger, (): logical.VersionReply.$Shape => ({ pluginVersion: version })) },
    },
    {
      definition: pluginMultiplexingService,
      handlers: {
        multiplexingSupport: unary(logger, (): pluginutil.multiplexing.MultiplexingSupportResponse.$Shape => ({
          supported: true,
        })),
      },
    },
  ];
}

/** Resolves when the host asks for the end or is gone, with the milliseconds that unfinished work still has. */
async function untilUnneeded({ broker, controller }: PluginServer): Promise<number> {
  const shutdown = controller.shutdown.then(() => cleanupTimeoutMs);
  const orphaned = async (): Promise<number> => {
    if (!(await settledWithin(connectTimeoutMs, broker.connected))) return orphanCleanupTimeoutMs;
    await broker.lost;
    await settledWithin(shutdownAfterLossMs, controller.shutdown);
    return orphanCleanupTimeoutMs;
  };
  return await Promise.race([shutdown, orphaned()]);
}

/** Waits for a promise at most so long; tells whether it settled. */
async function settledWithin(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => timeout.resolve(false), milliseconds);
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      timeout.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function once<Argument>(run: (argument: Argument) => Promise<void>): (argument: Argument) => Promise<void> {
  let running: Promise<void> | undefined;
  return (argument) => (running ??= run(argument));
}

function removeSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Closing the listener may have removed it already.
  }
}
