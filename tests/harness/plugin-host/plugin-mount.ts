import { join } from 'node:path';
import type { Certificate } from '../../../src/sdk/go-plugin/certificate.ts';
import type { pb, plugin } from '../../../src/sdk/pb/pb.js';
import { backendService } from '../../../src/sdk/pb/services.ts';
import { fakeSystemView, type FakeSystemView, type FakeSystemViewValues } from '../fake-system-view.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { type Answer, answerFromWire, faultFromWire, type WireFault } from './answer.ts';
import { type HostListener, listenForPlugin } from './host-services.ts';
import type { PluginConnection } from './plugin-connection.ts';

/** How a mount is made; everything has a default. */
export interface PluginMountOptions {
  /** The storage of a mount that was there before. */
  readonly storage?: MemoryStorage;
  readonly system?: Partial<FakeSystemViewValues>;
  readonly backendUUID?: string;
  /** When the plugin hears where the host listens: before or after Setup was sent, or not at all. */
  readonly announce?: 'before' | 'after' | 'never';
  /** What the host's listener shows; the host's own certificate by default. */
  readonly listenerCertificate?: Certificate;
  /** Null sends no `multiplex_id` at all. */
  readonly multiplexId?: string | null;
}

/** A request as a test writes it. */
export interface MountRequest {
  readonly operation: string;
  readonly path: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Sent instead of `data`, as it is. */
  readonly dataJson?: string;
  readonly secret?: pb.Secret.$Shape;
}

/** A request that is under way. */
export interface PendingRequest {
  readonly answer: Promise<Answer>;
  readonly cancel: () => void;
}

/** What a mount needs of its host. */
export interface MountSurroundings {
  readonly connection: PluginConnection;
  readonly own: Certificate;
  readonly pluginCertPem: string;
  readonly folder: string;
  readonly announce: (info: plugin.ConnInfo.$Shape) => void;
}

/** A mount of the plugin: what a host keeps of it, and the calls that a host makes. */
export class PluginMount {
  readonly multiplexId: string | undefined;
  readonly backendUUID: string;
  readonly storage: MemoryStorage;
  readonly system: FakeSystemView;
  readonly #brokerId: number;
  readonly #options: PluginMountOptions;
  readonly #around: MountSurroundings;
  #listener: HostListener | undefined;

  constructor(number: number, options: PluginMountOptions, around: MountSurroundings) {
    this.multiplexId = options.multiplexId === null ? undefined : (options.multiplexId ?? `mount-${number}`);
    this.backendUUID = options.backendUUID ?? `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    this.storage = options.storage ?? new MemoryStorage();
    this.system = fakeSystemView(options.system);
    this.#brokerId = number;
    this.#options = options;
    this.#around = around;
  }

  /** How often the plugin asked the system view. */
  get systemCalls(): number {
    return Object.values(this.system.calls).reduce((sum, count) => sum + count, 0);
  }

  /** Calls Setup; the answer is its error text, empty when all went well. */
  async setup(config: Readonly<Record<string, string>> = {}): Promise<string> {
    const { connection, pluginCertPem, folder, announce } = this.#around;
    const own = this.#options.listenerCertificate ?? this.#around.own;
    const address = join(folder, `broker${this.#brokerId}`);
    const info = { serviceId: this.#brokerId, network: 'unix', address };
    this.#listener = await listenForPlugin(address, own, pluginCertPem, this);
    const { announce: when = 'before' } = this.#options;
    if (when === 'before') announce(info);
    const reply = connection.call(
      backendService.setup,
      { brokerId: this.#brokerId, config, backendUuid: this.backendUUID },
      this.multiplexId,
    );
    if (when === 'after') {
      // Answered after the Setup has come in, since calls of one connection arrive in order.
      await connection.call(backendService.type, {}, 'no-such-mount').catch(() => undefined);
      announce(info);
    }
    return (await reply).err ?? '';
  }

  async initialize(): Promise<WireFault | undefined> {
    return faultFromWire((await this.#call(backendService.initialize, {})).err);
  }

  async type(): Promise<number> {
    return (await this.#call(backendService.type, {})).type ?? 0;
  }

  async specialPaths(): Promise<pb.Paths.$Shape> {
    return (await this.#call(backendService.specialPaths, {})).paths ?? {};
  }

  async invalidateKey(key: string): Promise<void> {
    await this.#call(backendService.invalidateKey, { key });
  }

  async cleanup(): Promise<void> {
    await this.#call(backendService.cleanup, {});
  }

  async existenceCheck(
    request: MountRequest,
  ): Promise<{ readonly checkFound: boolean; readonly exists: boolean; readonly fault: WireFault | undefined }> {
    const reply = await this.#call(backendService.handleExistenceCheck, { request: wireRequest(request) });
    return { checkFound: reply.checkFound ?? false, exists: reply.exists ?? false, fault: faultFromWire(reply.err) };
  }

  /** Sends a request alone, without the questions that a host asks before it. */
  async request(request: MountRequest): Promise<Answer> {
    return await this.startRequest(request).answer;
  }

  startRequest(request: MountRequest): PendingRequest {
    const { response, cancel } = this.#around.connection.start(
      backendService.handleRequest,
      { request: wireRequest(request) },
      this.multiplexId,
    );
    return { answer: response.then(answerFromWire), cancel };
  }

  async read(path: string): Promise<Answer> {
    return await this.request({ operation: 'read', path });
  }

  /** A write as a host makes it: the existence check first, then create or update. Throws when the check is a fault. */
  async write(path: string, data: Readonly<Record<string, unknown>>): Promise<Answer> {
    const { checkFound, exists, fault } = await this.existenceCheck({ operation: 'update', path, data });
    if (fault !== undefined) throw new Error(`the existence check of ${path} failed: ${fault.message}`);
    return await this.request({ operation: checkFound && !exists ? 'create' : 'update', path, data });
  }

  /** The host's listener goes away, as when the host does. */
  close(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  async #call<Request, Response>(
    method: Parameters<typeof PluginConnection.prototype.call<Request, Response>>[0],
    request: Request,
  ): Promise<Response> {
    return await this.#around.connection.call(method, request, this.multiplexId);
  }
}

/** The fields that a host fills in by itself. */
function wireRequest({ operation, path, data = {}, dataJson, secret }: MountRequest): pb.Request.$Shape {
  return {
    id: 'request-1',
    operation,
    path,
    dataJson: dataJson ?? JSON.stringify(data),
    displayName: 'test-display-name',
    entityId: 'test-entity',
    mountPoint: 'litellm/',
    mountType: 'vault-plugin-secrets-litellm',
    mountAccessor: 'litellm_accessor',
    ...(secret === undefined ? {} : { secret }),
  };
}
