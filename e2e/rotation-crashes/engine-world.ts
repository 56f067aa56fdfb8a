import { agedEntry } from '../../tests/harness/rotation/aged-entry.ts';
import type { CrashMount, CrashWorld } from '../../tests/harness/rotation/crash-cases.ts';
import type { MountAnswer } from '../../tests/harness/rotation/mount-under-test.ts';
import type { LiteLLMServer } from '../../tests/harness/litellm-server.ts';
import { objectOf, textOf, type ApiMethod } from '../harness/engine-api.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import { uniqueName } from '../harness/issue-key.ts';
import { mountPlugin, pluginName } from '../harness/plugin.ts';
import { until } from '../harness/until.ts';

/** Kills the plugin of a server, which starts it again for the next request. */
export async function killPlugin(server: EngineServer): Promise<void> {
  const plugins = await server.plugins();
  for (const { pid } of plugins) process.kill(pid, 'SIGKILL');
  await until('the plugin is gone', 20, async () => {
    const left = (await server.plugins()).map(({ pid }) => pid);
    return !plugins.some(({ pid }) => left.includes(pid));
  });
}

/** Kills a server and starts it again. */
export async function killEngine(server: EngineServer): Promise<void> {
  await server.kill();
  // What is under way there has some seconds to end.
  await until('the plugin is gone', 30, async () => (await server.plugins()).length === 0);
  await server.restart();
}

/** Mounts of the plugin in a real engine on storage that outlives it. */
export class EngineWorld implements CrashWorld {
  readonly #server: () => EngineServer;
  readonly #crash: () => Promise<void>;

  /** `server` is the one that takes requests now, and `crash` is over when there is one again. */
  constructor(server: () => EngineServer, crash: () => Promise<void>) {
    this.#server = server;
    this.#crash = crash;
  }

  async mount(litellm: LiteLLMServer): Promise<CrashMount> {
    const path = uniqueName('crash');
    await mountPlugin(this.#server(), path);
    return new EngineMount(litellm, this.#server, path, await rawPath(this.#server(), path));
  }

  async crash(): Promise<void> {
    await this.#crash();
  }

  /** The engine's minute is long. */
  async lookAgain(): Promise<void> {
    await this.restart();
  }

  async restart(): Promise<void> {
    const { status, errors } = await this.#server().api('PUT', 'sys/plugins/reload/backend', { plugin: pluginName });
    if (status >= 300) throw new Error(`reloading the plugin ended with ${status}: ${errors}`);
  }
}

/** Where the storage of a mount is read as it is. */
export async function rawPath({ api }: EngineServer, mount: string): Promise<string> {
  const { data } = await api('GET', 'sys/mounts');
  return `sys/raw/logical/${textOf(objectOf(data[`${mount}/`])['uuid'])}`;
}

class EngineMount implements CrashMount {
  readonly litellm: LiteLLMServer;
  readonly #server: () => EngineServer;
  readonly #path: string;
  readonly #wal: string;

  constructor(litellm: LiteLLMServer, server: () => EngineServer, path: string, raw: string) {
    this.litellm = litellm;
    this.#server = server;
    this.#path = path;
    this.#wal = `${raw}/wal`;
  }

  read(path: string): Promise<MountAnswer> {
    return this.#ask('GET', path);
  }

  write(path: string, data: Readonly<Record<string, unknown>>): Promise<MountAnswer> {
    return this.#ask('POST', path, data);
  }

  remove(path: string): Promise<MountAnswer> {
    return this.#ask('DELETE', path);
  }

  async openEntries(): Promise<number> {
    return (await this.#entries()).length;
  }

  async ageEntries(): Promise<void> {
    const { api } = this.#server();
    for (const entry of await this.#entries()) {
      const path = `${this.#wal}/${entry}`;
      const { status, data } = await api('GET', path);
      // It may just have been removed.
      if (status === 404) continue;
      await api('PUT', path, { value: JSON.stringify(agedEntry(JSON.parse(textOf(data['value'])))) });
    }
  }

  async #entries(): Promise<readonly string[]> {
    const { status, data, errors } = await this.#server().api('LIST', this.#wal);
    if (status === 404) return [];
    if (status !== 200) throw new Error(`${this.#wal} was answered ${status}: ${errors}`);
    const keys = data['keys'];
    return Array.isArray(keys) ? keys.map(textOf) : [];
  }

  async #ask(method: ApiMethod, path: string, body?: Readonly<Record<string, unknown>>): Promise<MountAnswer> {
    try {
      const { status, data, errors } = await this.#server().api(method, `${this.#path}/${path}`, body);
      const message = errors === '' ? String(status) : errors;
      return { ok: status < 300, absent: method === 'GET' && status === 404, data, message };
    } catch (error) {
      return { ok: false, absent: false, data: {}, message: error instanceof Error ? error.message : String(error) };
    }
  }
}
