import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientReadableStream } from '@grpc/grpc-js';
import type { Certificate } from '../../src/sdk/go-plugin/certificate.ts';
import type { grpc, plugin } from '../../src/sdk/pb/pb.js';
import {
  grpcBrokerService,
  grpcControllerService,
  grpcStdioService,
  healthService,
  pluginMultiplexingService,
  pluginVersionService,
} from '../../src/sdk/pb/services.ts';
import { type Handshake, parseHandshake } from './plugin-host/handshake.ts';
import { generateHostCertificate } from './plugin-host/host-certificate.ts';
import { clientCredentials, PluginConnection } from './plugin-host/plugin-connection.ts';
import { PluginMount, type PluginMountOptions } from './plugin-host/plugin-mount.ts';
import { type Environment, pluginBinary, PluginProcess, settlesWithin } from './plugin-host/plugin-process.ts';

/** What backends are known by. Go: `backendplugin.HandshakeConfig`. */
export const magicCookie = '6669da05-b1c8-4f49-97d9-c8e5bed98e20';

/** How a host starts its plugin; everything has a default. */
export interface PluginHostOptions {
  /** The compiled plugin by default. */
  readonly command?: readonly string[];
  /** Added to what a host sets, or with undefined taken away from it. */
  readonly environment?: Environment;
}

/** A plugin left something behind that its host would have had to clear away. */
export class LeftBehindError extends Error {
  override readonly name = 'LeftBehindError';

  constructor(what: string) {
    super(`the plugin left behind: ${what}`);
  }
}

/** A process that has not ended this long after it was asked to is stuck. */
const stuckAfterMs = 10_000;

/** The environment that a host gives to its plugin, with sockets in `folder`. */
export function hostEnvironment(folder: string, certPem: string): Environment {
  return {
    VAULT_BACKEND_PLUGIN: magicCookie,
    BAO_BACKEND_PLUGIN: magicCookie,
    PLUGIN_MIN_PORT: '10000',
    PLUGIN_MAX_PORT: '25000',
    PLUGIN_PROTOCOL_VERSIONS: '5',
    PLUGIN_CLIENT_CERT: certPem,
    VAULT_VERSION: '2.7.2',
    BAO_VERSION: '2.7.2',
    VAULT_PLUGIN_METADATA_MODE: 'false',
    VAULT_PLUGIN_AUTOMTLS_ENABLED: 'true',
    PATH: process.env['PATH'],
    TMPDIR: folder,
  };
}

/**
 * A host that runs the plugin as OpenBao and Vault do. Use it with `await using`: at the end the plugin is asked to
 * end as a host asks it, and one that does not, or that leaves a socket behind, fails the test.
 */
export class PluginHost implements AsyncDisposable {
  readonly process: PluginProcess;
  readonly handshake: Handshake;
  /** With the host's certificate. */
  readonly connection: PluginConnection;
  /** The host's own certificate. */
  readonly certificate: Certificate;
  /** The plugin's folder for sockets. */
  readonly socketFolder: string;
  /** Everything that the host has on disk. */
  readonly folder: string;
  readonly #broker: ReturnType<typeof PluginConnection.prototype.duplexStream<plugin.ConnInfo.$Shape, unknown>>;
  readonly #mounts: PluginMount[] = [];

  private constructor(folder: string, certificate: Certificate, started: PluginProcess, handshake: Handshake) {
    this.folder = folder;
    this.socketFolder = join(folder, 'plugin');
    this.certificate = certificate;
    this.process = started;
    this.handshake = handshake;
    this.connection = new PluginConnection(handshake.address, clientCredentials(handshake.certPem, certificate));
    this.#broker = this.connection.duplexStream(grpcBrokerService.startStream);
  }

  /** Starts the plugin and connects to it. Rejects with `NoHandshakeError` when it does not come up. */
  static async start({ command = [pluginBinary], environment = {} }: PluginHostOptions = {}): Promise<PluginHost> {
    const folder = await mkdtemp(join(tmpdir(), 'host-'));
    try {
      const socketFolder = join(folder, 'plugin');
      await mkdir(socketFolder);
      const certificate = generateHostCertificate();
      const started = new PluginProcess(command, {
        ...hostEnvironment(socketFolder, certificate.certPem),
        ...environment,
      });
      return new PluginHost(folder, certificate, started, parseHandshake(await started.firstLine()));
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  /** A mount that has not been set up yet. */
  mount(options: PluginMountOptions = {}): PluginMount {
    const mount = new PluginMount(this.#mounts.length + 1, options, {
      connection: this.connection,
      own: this.certificate,
      pluginCertPem: this.handshake.certPem,
      folder: this.folder,
      announce: (info) => void this.#broker.write(info),
    });
    this.#mounts.push(mount);
    return mount;
  }

  /** A mount that is ready, after the calls that a host makes for a new one. */
  async mounted(options: PluginMountOptions = {}): Promise<PluginMount> {
    const mount = this.mount(options);
    const refusal = await mount.setup({ plugin_name: 'vault-plugin-secrets-litellm' });
    if (refusal !== '') throw new Error(`Setup failed: ${refusal}`);
    await mount.type();
    await mount.specialPaths();
    const fault = await mount.initialize();
    if (fault !== undefined) throw new Error(`Initialize failed: ${fault.message}`);
    return mount;
  }

  async health(service = 'plugin'): Promise<grpc.health.v1.HealthCheckResponse.$Shape> {
    return await this.connection.call(healthService.check, { service });
  }

  async version(): Promise<string> {
    return (await this.connection.call(pluginVersionService.version, {})).pluginVersion ?? '';
  }

  async multiplexingSupport(): Promise<boolean> {
    return (await this.connection.call(pluginMultiplexingService.multiplexingSupport, {})).supported ?? false;
  }

  stdio(): ClientReadableStream<plugin.StdioData.$Shape> {
    return this.connection.serverStream(grpcStdioService.streamStdio, {});
  }

  /** Asks the plugin to end as go-plugin's client does: the broker's stream first, then the controller. */
  async shutdown(): Promise<void> {
    this.#broker.end();
    // The plugin may be gone before its answer is; go-plugin's client takes no offence either.
    await this.connection.call(grpcControllerService.shutdown, {}).catch(() => undefined);
  }

  /** Everything the host has open is closed, and nothing is said: all that a plugin notices of a host's death. */
  disconnect(): void {
    this.#broker.cancel();
    this.connection.close();
    for (const mount of this.#mounts) mount.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stuck = this.process.running && !(await this.#end());
    this.disconnect();
    const killed = (await this.process.ended).signal === 'SIGKILL';
    const left = await readdir(this.socketFolder);
    await rm(this.folder, { recursive: true });
    if (stuck) throw new LeftBehindError('a process that a shutdown did not end');
    if (!killed && left.length > 0) throw new LeftBehindError(left.join(', '));
  }

  async #end(): Promise<boolean> {
    const ended = await settlesWithin(
      stuckAfterMs,
      this.shutdown().then(() => this.process.ended),
    );
    if (!ended) this.process.kill('SIGKILL');
    return ended;
  }
}
