import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostEnvironment } from '../../tests/harness/plugin-host.ts';
import { generateHostCertificate } from '../../tests/harness/plugin-host/host-certificate.ts';
import { pluginBinary, PluginProcess } from '../../tests/harness/plugin-host/plugin-process.ts';
import type { Programs } from './programs.ts';
import { untilIdle } from './quiet.ts';
import type { Pairs } from './results.ts';

/** Milliseconds from the start of a process to its handshake, as its host sees it, in turns; the first of each is not counted. */
export async function measureStart(programs: Programs, rounds: number, signal: AbortSignal): Promise<Pairs> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const times = { ours: [] as number[], go: [] as number[] };
  try {
    const environment = hostEnvironment(folder, generateHostCertificate().certPem);
    await untilIdle(signal);
    for (let round = -1; round < rounds; round++) {
      for (const [side, binary] of [
        ['ours', pluginBinary],
        ['go', programs.terraform],
      ] as const) {
        signal.throwIfAborted();
        const begin = performance.now();
        const plugin = new PluginProcess([binary], environment);
        try {
          await plugin.firstLine();
          if (round >= 0) times[side].push(performance.now() - begin);
        } finally {
          plugin.kill('SIGKILL');
          await plugin.ended;
        }
      }
    }
    return times;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
