import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expectSuccess } from '../../tests/harness/configured-mount.ts';
import { pluginBinary } from '../../tests/harness/plugin-host/plugin-process.ts';
import { PluginHost } from '../../tests/harness/plugin-host.ts';
import { runProgram } from './load.ts';
import type { Programs } from './programs.ts';
import { untilIdle } from './quiet.ts';
import type { Pauses, Results } from './results.ts';
import { type SideName, sidesInTurns, writesOf } from './track.ts';

const clients = 8;

/** A plugin's process without an engine, ready to be asked. Dispose of it. */
interface Asked extends AsyncDisposable {
  ask(count: number): Promise<Pauses>;
}

/**
 * How long the processes of both plugins do not react while clients issue keys. No engine is there: what asks speaks to the plugin's
 * own socket, so that the pauses are the plugin's and, where the cores are short, the machine's, of which Go's figures tell.
 */
export async function measurePauses(
  programs: Programs,
  upstream: string,
  { rounds, warmUp, keys }: { readonly rounds: number; readonly warmUp: number; readonly keys: number },
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Pick<Results, 'pauses'>> {
  await using ours = await startAsked('ours', programs, upstream, signal);
  await using go = await startAsked('go', programs, upstream, signal);
  const asked = { ours, go };
  const found = { ours: [] as Pauses[], go: [] as Pauses[] };
  for (const plugin of [ours, go]) await plugin.ask(warmUp);
  for (let round = 0; round < rounds; round++) {
    for (const side of sidesInTurns(round)) {
      const pauses = await asked[side].ask(keys);
      found[side].push(pauses);
      const { p50, p999, longest, rate } = pauses;
      tell(
        `pauses of ${side}, round ${round + 1}: p50 ${p50.toFixed(1)}, p99.9 ${p999.toFixed(1)}, longest ${longest.toFixed(1)} ms, at ${rate.toFixed(0)} keys a second`,
      );
    }
  }
  return { pauses: { clients, keys, rounds: found } };
}

async function startAsked(side: SideName, programs: Programs, upstream: string, signal: AbortSignal): Promise<Asked> {
  const host = await PluginHost.start({ command: [side === 'ours' ? pluginBinary : programs.terraform] });
  // Killed at the end: a plugin in Go leaves its socket behind, which a host that asks it to end would complain of.
  const end = async (): Promise<void> => {
    host.process.kill('SIGKILL');
    await host.process.ended;
    await host[Symbol.asyncDispose]();
  };
  try {
    const mount = await host.mounted();
    for (const [path, body] of writesOf(side, upstream)) expectSuccess(await mount.write(path, body));
    const folder = join(programs.folder, `pauses-${side}`);
    await mkdir(folder);
    await Bun.write(join(folder, 'host.pem'), host.certificate.certPem);
    await Bun.write(join(folder, 'host.key'), host.certificate.keyPem);
    await Bun.write(join(folder, 'plugin.pem'), host.handshake.certPem);
    const fixed = [
      `-socket=${host.handshake.address}`,
      `-folder=${folder}`,
      `-mount=${mount.multiplexId}`,
      '-path=creds/bench',
      `-clients=${clients}`,
    ];
    return {
      async ask(count) {
        await untilIdle(signal);
        return (await runProgram([programs.pauses, ...fixed, `-count=${count}`], signal)) as Pauses;
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
