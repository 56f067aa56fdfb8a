import type { LiteLLMServer } from '../litellm-server.ts';
import { PluginHost } from '../plugin-host.ts';
import type { Answer } from '../plugin-host/answer.ts';
import type { PluginMount } from '../plugin-host/plugin-mount.ts';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { agedEntry } from './aged-entry.ts';
import type { CrashMount, CrashWorld } from './crash-cases.ts';
import type { MountAnswer } from './mount-under-test.ts';
import { SteppedStorage } from './stepped-storage.ts';

/** How a process of the plugin ends: it is killed, its host is, or its host lets it go as at a reload or a seal. */
export type HostEnd = 'kill' | 'death of the host' | 'cleanup';

/** How a {@link HostWorld} is. */
export interface HostWorldOptions {
  /** Whether its storage has transactions, as OpenBao's, or none. */
  readonly transactional?: boolean;
  readonly end?: HostEnd;
}

/** Mounts of one process of the compiled plugin, under a host of the tests. Dispose of it. */
export class HostWorld implements CrashWorld, AsyncDisposable {
  readonly #mounts: HostMount[] = [];
  readonly #transactional: boolean;
  readonly #end: HostEnd;
  #host: PluginHost;

  private constructor(host: PluginHost, { transactional = false, end = 'kill' }: HostWorldOptions) {
    this.#host = host;
    this.#transactional = transactional;
    this.#end = end;
  }

  static async start(options: HostWorldOptions = {}): Promise<HostWorld> {
    return new HostWorld(await PluginHost.start(), options);
  }

  async mount(litellm: LiteLLMServer): Promise<HostMount> {
    const storage = new SteppedStorage({ transactional: this.#transactional });
    const mount = new HostMount(litellm, storage, await this.#host.mounted({ storage }));
    this.#mounts.push(mount);
    return mount;
  }

  async crash(): Promise<void> {
    switch (this.#end) {
      case 'kill':
        this.#host.process.kill('SIGKILL');
        break;
      case 'death of the host':
        this.#host.disconnect();
        break;
      case 'cleanup':
        await Promise.all(this.#mounts.map((mount) => mount.cleanup()));
        await this.#host.shutdown();
        break;
    }
    await this.#host.process.ended;
    await this.#host[Symbol.asyncDispose]();
    this.#host = await PluginHost.start();
    await Promise.all(this.#mounts.map((mount) => mount.comeBack(this.#host)));
  }

  async lookAgain(): Promise<void> {
    await Promise.all(this.#mounts.map((mount) => mount.lookAgain()));
  }

  async restart(): Promise<void> {
    await this.crash();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
  }
}

/** One of its mounts. */
export class HostMount implements CrashMount {
  readonly litellm: LiteLLMServer;
  readonly storage: SteppedStorage;
  #mount: PluginMount;

  constructor(litellm: LiteLLMServer, storage: SteppedStorage, mount: PluginMount) {
    this.litellm = litellm;
    this.storage = storage;
    this.#mount = mount;
  }

  /** After a crash: the calls of a host that starts its plugin again. */
  async comeBack(host: PluginHost): Promise<void> {
    const { storage } = this;
    this.#mount = host.mount({ storage, backendUUID: this.#mount.backendUUID });
    const refusal = await this.#mount.setup({ plugin_name: 'vault-plugin-secrets-litellm' });
    const fault = refusal === '' ? (await this.#mount.initialize())?.message : refusal;
    if (fault !== undefined) throw new Error(`the mount did not come back: ${fault}`);
  }

  async cleanup(): Promise<void> {
    await this.#mount.cleanup();
  }

  /** The host's minute is over. */
  async lookAgain(): Promise<void> {
    await this.#mount.request({ operation: 'rollback', path: '' });
  }

  async read(path: string): Promise<MountAnswer> {
    const answer = await answerOf(() => this.#mount.read(path));
    return { ...answer, ok: answer.ok && !answer.absent };
  }

  async write(path: string, data: Readonly<Record<string, unknown>>): Promise<MountAnswer> {
    return await answerOf(() => this.#mount.write(path, data));
  }

  async remove(path: string): Promise<MountAnswer> {
    return await answerOf(() => this.#mount.request({ operation: 'delete', path }));
  }

  async openEntries(): Promise<number> {
    return this.#entries().length;
  }

  async ageEntries(): Promise<void> {
    for (const key of this.#entries()) {
      await this.storage.plant(storageEntryJSON(key, agedEntry(this.storage.peek(key)), true));
    }
  }

  #entries(): readonly string[] {
    return this.storage.keys.filter((key) => key.startsWith('wal/'));
  }
}

async function answerOf(ask: () => Promise<Answer>): Promise<MountAnswer> {
  try {
    const { data, mistake, fault } = await ask();
    const message = fault?.message ?? mistake ?? '';
    const absent = message === '' && data === undefined;
    return { ok: message === '', absent, data: data ?? {}, message };
  } catch (error) {
    return { ok: false, absent: false, data: {}, message: error instanceof Error ? error.message : String(error) };
  }
}
