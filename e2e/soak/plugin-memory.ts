import { readFile } from 'node:fs/promises';
import type { EngineServer } from '../harness/engine-server.ts';

/** The memory of a process that is its own, in MB of 10^6 bytes; undefined where it has ended, or where nobody tells. */
export async function memoryOf(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') {
    const text = await Bun.$`ps -o rss= -p ${pid}`.nothrow().quiet().text();
    return text.trim() === '' ? undefined : (Number(text.trim()) * 1024) / 1e6;
  }
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(text) ?? [];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

/** The most that any process of the plugin on these servers takes until the signal is aborted, looked at once a second. */
export async function highestMemory(servers: readonly EngineServer[], signal: AbortSignal): Promise<number> {
  let highest = 0;
  while (!signal.aborted) {
    for (const server of servers) {
      for (const { pid } of await server.plugins()) highest = Math.max(highest, (await memoryOf(pid)) ?? 0);
    }
    await Bun.sleep(1000);
  }
  return highest;
}
