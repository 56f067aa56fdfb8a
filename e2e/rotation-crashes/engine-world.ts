import { agedEntry } from '../../tests/harness/rotation/aged-entry.ts';
import type { CrashMount, CrashWorld } from '../../tests/harness/rotation/crash-cases.ts';
import type { MountAnswer } from '../../tests/harness/rotation/mount-under-test.ts';
import type { LiteLLMServer } from '../../tests/harness/litellm-server.ts';
import { objectOf, textOf, type ApiMethod } from '../harness/engine-api.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import { uniqueName } from '../harness/issue-key.ts';
import { mountPlugin, pluginName } from '../harness/plugin.ts';
import { until } from '../harness/until.ts';

/** What is killed. */
export type Victim = 'plugin' | 'engine';

/** Mounts of the plugin in a real engine on storage that outlives it. */
export class EngineWorld implements CrashWorld {
  readonly #server: () => EngineServer;
  readonly #victim: Victim;

  constructor(server: () => EngineServer, victim: Victim) {
    this.#server = server;
    this.#victim = victim;
  }

  async mount(litellm: LiteLLMServer): Promise<CrashMount> {
    const path = uniqueName('crash');
    await mountPlugin(this.#server(), path);
    const { data } = await this.#server().api('GET', 'sys/mounts');
    const uuid = textOf(objectOf(data[`${path}/`])['uuid']);
    return new EngineMount(litellm, this.#server, path, uuid);
  }

  async crash(): Promise<void> {
    const server = this.#server();
    if (this.#victim === 'engine') {
      await server.kill();
      // What is under way there has some seconds to end.
      await until('the plugin is gone', 30, async () => (await server.plugins()).length === 0);
      await server.restart();
      return;
    }
    const plugins = await server.plugins();
    for (const { pid } of plugins) process.kill(pid, 'SIGKILL');
    await until('the plugin is gone', 20, async () => {
      const left = (await server.plugins()).map(({ pid }) => pid);
      return !plugins.some(({ pid }) => left.includes(pid));
    });
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

class EngineMount implements CrashMount {
  readonly litellm: LiteLLMServer;
  readonly #server: () => EngineServer;
  readonly #path: string;
  readonly #wal: string;

  constructor(litellm: LiteLLMServer, server: () => EngineServer, path: string, uuid: string) {
    this.litellm = litellm;
    this.#server = server;
    this.#path = path;
    this.#wal = `sys/raw/logical/${uuid}/wal`;
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
