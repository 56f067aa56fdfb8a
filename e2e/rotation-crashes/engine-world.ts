import { agedEntry } from '../../tests/harness/rotation/aged-entry.ts';
import type { CrashMount, CrashWorld } from '../../tests/harness/rotation/crash-cases.ts';
import type { MountAnswer } from '../../tests/harness/rotation/mount-under-test.ts';
import type { LiteLLMServer } from '../../tests/harness/litellm-server.ts';
import { ask, textOf, type ApiMethod } from '../harness/engine-api.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import { uniqueName } from '../harness/issue-key.ts';
import { mountPlugin, pluginName } from '../harness/plugin.ts';
import { listOf, rawPathOf } from '../harness/raw-storage.ts';
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

/** Mounts in a real engine on storage that outlives it. `server` takes requests now; `crash` is over when one does again. */
export function engineWorld(server: () => EngineServer, crash: () => Promise<void>): CrashWorld {
  const restart = async (): Promise<void> => {
    await ask(server(), 'PUT', 'sys/plugins/reload/backend', { plugin: pluginName });
  };
  return {
    async mount(litellm) {
      const path = uniqueName('crash');
      await mountPlugin(server(), path);
      return engineMount(litellm, server, path, `${await rawPathOf(server(), path)}/wal`);
    },
    crash,
    // The engine's minute is long.
    lookAgain: restart,
    restart,
  };
}

function engineMount(litellm: LiteLLMServer, server: () => EngineServer, mount: string, wal: string): CrashMount {
  const send = async (
    method: ApiMethod,
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<MountAnswer> => {
    try {
      const { status, data, errors } = await server().api(method, `${mount}/${path}`, body);
      const message = errors === '' ? String(status) : errors;
      return { ok: status < 300, absent: method === 'GET' && status === 404, data, message };
    } catch (error) {
      return { ok: false, absent: false, data: {}, message: error instanceof Error ? error.message : String(error) };
    }
  };
  return {
    litellm,
    read: (path) => send('GET', path),
    write: (path, data) => send('POST', path, data),
    remove: (path) => send('DELETE', path),
    openEntries: async () => (await listOf(server(), wal)).length,
    async ageEntries() {
      const { api } = server();
      for (const entry of await listOf(server(), wal)) {
        const { status, data } = await api('GET', `${wal}/${entry}`);
        // It may just have been removed.
        if (status === 404) continue;
        await api('PUT', `${wal}/${entry}`, { value: JSON.stringify(agedEntry(JSON.parse(textOf(data['value'])))) });
      }
    },
  };
}
