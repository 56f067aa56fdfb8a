import { join } from 'node:path';
import { litellmScripts } from '../harness/litellm-scripts.ts';
import { until } from '../harness/until.ts';
import { proxyFaults, type ProxyFault } from './faulty-proxy.ts';
import type { Ledger } from './ledger.ts';
import type { SeededRandom } from './seeded-random.ts';
import { revive } from './revive.ts';
import { SoakError, type World } from './world.ts';

/** What disturbs a run. */
export interface DisturbanceOptions {
  readonly world: World;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
}

interface Disturbance {
  readonly kind: string;
  readonly happen: () => Promise<void>;
}

/** Seconds within which an engine has to be back. */
const patience = 60;

/** Makes the proxy fail, in every way by turns, until the signal is aborted; then it is well. */
export async function disturbProxy({ world, ledger, random }: DisturbanceOptions, signal: AbortSignal): Promise<void> {
  const { proxy } = world;
  const fail = (kind: string, faults: readonly ProxyFault[]): Disturbance => ({
    kind: `the proxy ${kind}`,
    async happen() {
      proxy.disturb(faults, random.between(0.2, 0.9));
      await Bun.sleep(random.between(500, 4000));
      proxy.calm();
    },
  });
  const all: readonly Disturbance[] = [
    fail('slows', ['slow']),
    fail('answers with errors', ['error', 'html', 'nonsense']),
    fail('breaks off', ['half-body']),
    fail('resets', ['reset']),
    fail('hangs', ['hang', 'slow']),
    fail('does all of it', proxyFaults),
    {
      kind: 'the proxy restarts',
      async happen() {
        await proxy.close();
        await Bun.sleep(random.between(100, 3000));
        await proxy.open();
      },
    },
  ];
  await oneAfterAnother(all, 4000, { ledger, random }, signal);
}

/** Kills the plugin, seals the engine and so on, by turns, until the signal is aborted; then all of them are back. */
export async function disturbServers(
  { world, ledger, random }: DisturbanceOptions,
  signal: AbortSignal,
): Promise<void> {
  const { cluster } = world;
  const kill: Disturbance = { kind: 'the plugin is killed', happen: () => killPlugin(world, random) };
  const all: readonly Disturbance[] = [
    kill,
    // The one that happens most often where nothing else does.
    kill,
    {
      kind: 'the engine is sealed',
      async happen() {
        // A standby cannot be sealed.
        const active = await cluster.active();
        await active.api('PUT', 'sys/seal');
        await Bun.sleep(random.between(100, 2000));
        await cluster.unseal(active);
        await world.follow();
      },
    },
    {
      kind: 'the leader steps down',
      async happen() {
        if (cluster.nodes.length > 1) await cluster.stepDown();
        else await world.server.api('PUT', 'sys/step-down');
        await world.follow();
      },
    },
    ...(canStopPostgres(world)
      ? [{ kind: 'PostgreSQL stops', happen: () => stopPostgres(world, random.between(500, 4000)) }]
      : []),
  ];
  await oneAfterAnother(all, 8000, { ledger, random, after: () => revive(world, ledger) }, signal);
}

/** On one server that runs it; standbys of some engines do. */
async function killPlugin({ cluster }: World, random: SeededRandom): Promise<void> {
  for (const node of random.shuffled(cluster.nodes)) {
    const plugins = await node.plugins();
    for (const { pid } of plugins) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    if (plugins.length > 0) return;
  }
}

/** Each once, in an order of chance, with a rest of `pause` milliseconds at most before; and anew. */
async function oneAfterAnother(
  all: readonly Disturbance[],
  pause: number,
  { ledger, random, after }: Pick<DisturbanceOptions, 'ledger' | 'random'> & { readonly after?: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    for (const { kind, happen } of random.shuffled(all)) {
      await Bun.sleep(random.between(pause / 8, pause));
      if (signal.aborted) return;
      await ledger.during(kind, happen);
      await after?.();
    }
  }
}

/** The LiteLLM is one that start-litellm.sh started, and its folder is known. */
function canStopPostgres({ litellm }: World): boolean {
  return litellm.standIn === undefined && (process.env['LITELLM_HOME'] ?? '') !== '';
}

/** Stops LiteLLM's database, starts it again and waits until LiteLLM has found it. @throws SoakError */
async function stopPostgres({ litellm, model }: World, milliseconds: number): Promise<void> {
  await postgres('stop -m fast');
  await Bun.sleep(milliseconds);
  await postgres(
    `start -l "$data/server.log" -o "-p ${process.env['LITELLM_PG_PORT'] ?? '41432'} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"`,
  );
  await until('LiteLLM has its database again', patience, async () => {
    const answer = await fetch(`${litellm.url}/health/readiness`, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok || !(await answer.text()).includes('connected')) return false;
    const key = `sk-soak-unknown-${crypto.randomUUID()}`;
    // A key that it has to look up.
    return (await litellm.chatAnswer(key, model)).status === 401;
  });
}

/** `pg_ctl` by the user and on the folder that start-litellm.sh has for it. @throws SoakError */
async function postgres(action: string): Promise<void> {
  const common = join(litellmScripts, 'common.sh');
  if (!(await Bun.file(common).exists())) throw new SoakError(`${common}, which knows PostgreSQL, is not there.`);
  const script = `set -eu; here=${litellmScripts}; . "$here/common.sh"; data=$(cat "$LITELLM_HOME/pgdata")
as_pg "$(pg_bin)/pg_ctl" -D "$data" -w -t 30 ${action} >/dev/null`;
  const { exitCode, stderr } = await Bun.$`bash -c ${script}`.nothrow().quiet();
  if (exitCode !== 0)
    throw new SoakError(`pg_ctl ${action.split(' ')[0]} ended with ${exitCode}: ${stderr.toString().trim()}`);
}
