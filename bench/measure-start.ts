import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostEnvironment } from '../tests/harness/plugin-host.ts';
import { generateHostCertificate } from '../tests/harness/plugin-host/host-certificate.ts';
import { pluginBinary, PluginProcess } from '../tests/harness/plugin-host/plugin-process.ts';
import type { Section } from './figure.ts';
import { summarize } from './statistics.ts';

/** From the start of the process to its handshake on standard output, as its host sees it. */
export async function measureStart(quick: boolean, signal: AbortSignal): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const environment = hostEnvironment(folder, generateHostCertificate().certPem);
    const first = await startOnce(environment);
    const times: number[] = [];
    for (let run = 0; run < (quick ? 15 : 101); run++) {
      signal.throwIfAborted();
      times.push(await startOnce(environment));
    }
    return {
      title: 'Start',
      figures: [{ what: 'start to handshake', unit: 'ms', summary: summarize(times), target: 80 }],
      notes: [`the very first start, not counted since it may read the file from disk: ${first.toFixed(0)} ms`],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startOnce(environment: ReturnType<typeof hostEnvironment>): Promise<number> {
  const begin = performance.now();
  const plugin = new PluginProcess([pluginBinary], environment);
  try {
    await plugin.firstLine();
    return performance.now() - begin;
  } finally {
    plugin.kill('SIGTERM');
    await plugin.ended;
  }
}
