import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runScript } from './harness/script.ts';
import { runClient } from './soak/client.ts';
import { disturbProxy, disturbServers } from './soak/disturbances.ts';
import type { KeyRow } from './soak/key-database.ts';
import { auditedReads } from './soak/audited-reads.ts';
import { type HeldKey, Ledger } from './soak/ledger.ts';
import { causeOf, leaderGoes, storyOf, type LostKey } from './soak/lost-keys.ts';
import { highestMemory, measureMemory } from './soak/memory.ts';
import { parseSoakOptions, usage, type SoakOptions } from './soak/options.ts';
import { Secrets } from './soak/secrets.ts';
import { SeededRandom } from './soak/seeded-random.ts';
import { settle } from './soak/settle.ts';
import { tableOf, verdict, type Line } from './soak/verdict.ts';
import { startWorld, type World } from './soak/world.ts';

// `just soak`: see soak/options.ts for what it takes.

type FaultOptions = Extract<SoakOptions, { action: 'faults' }>;

async function soak(options: FaultOptions, signal: AbortSignal): Promise<readonly Line[]> {
  const random = new SeededRandom(options.seed);
  await using world = await startWorld({ ...options, random: random.fork(), direct: false, signal });
  const { nodes } = world.cluster;
  const ledger = new Ledger();
  const secrets = new Secrets(world.litellm.masterKey);
  const over = AbortSignal.any([signal, AbortSignal.timeout(options.minutes * 60_000)]);
  const [memory] = await Promise.all([
    highestMemory(nodes, over),
    followActive(world, ledger, over),
    disturbProxy({ world, ledger, random: random.fork() }, over),
    disturbServers({ world, ledger, random: random.fork() }, over),
    ...Array.from({ length: options.clients }, () =>
      runClient({ world, ledger, random: random.fork(), secrets }, over),
    ),
  ]);
  signal.throwIfAborted();
  console.log('The faults are over; waiting until all has settled (six minutes at most).');
  const settled = await settle(world, ledger, signal);
  showAnswers(ledger);
  const log = (await Promise.all(nodes.map(({ logFile }) => readFile(logFile, 'utf8')))).join('');
  for (const { what, detail, held } of ledger.breaches.slice(0, 20)) {
    console.log(`  ${what}: ${detail}`);
    if (held !== undefined) console.log(linesAbout(log, held).join('\n'));
  }
  const lost = await lostKeys(world, settled.lost);
  const causes = lost.map((key) => causeOf(key, ledger));
  for (const [index, key] of lost.entries()) {
    const story = storyOf(key, ledger, log).slice(0, causes[index] === 'unknown' ? undefined : 4);
    console.log(`  lost (${causes[index]}): ${story.join('\n    ').slice(0, 6000)}`);
  }
  const { auditFile, proxy } = world;
  const stored = nodes.map(async ({ folder }) => {
    const data = join(folder, 'data');
    return secrets.countInFiles(
      await Array.fromAsync(new Bun.Glob('**').scan({ cwd: data, absolute: true, dot: true })),
    );
  });
  return verdict({
    ledger,
    settled,
    causes,
    proxy,
    writeAhead: options.writeAhead,
    secrets: {
      log: secrets.countIn(log),
      audit: await secrets.countInFiles([auditFile]),
      storage: (await Promise.all(stored)).reduce((sum, count) => sum + count, 0),
    },
    memory,
  });
}

/** Clients go to the server that is active. Where nobody made it change, a leader was too slow for the others. */
async function followActive(world: World, ledger: Ledger, signal: AbortSignal): Promise<void> {
  let [former, seen] = [world.server, Date.now()];
  while (!signal.aborted) {
    // While there is none, they stay where they were.
    await world.follow().catch(() => undefined);
    const { server } = world;
    const now = Date.now();
    const wasMade = leaderGoes.some((kind) => ledger.happened(kind, seen, now));
    if (server !== former && !wasMade) ledger.seen('the leader changes', seen);
    [former, seen] = [server, now];
    await Bun.sleep(300);
  }
}

/** How often the engine answered what, and the errors that it told most often. */
function showAnswers(ledger: Ledger): void {
  const said = ledger.countsLike('said: ').toSorted((a, b) => b[1] - a[1]);
  for (const [what, times] of ledger.countsLike('')) {
    if (/: (\d+|no answer)$/.test(what)) console.log(`  ${what.padEnd(30)} ${times}`);
  }
  for (const [what, times] of said.slice(0, 20)) console.log(`  ${String(times).padStart(6)} ${what}`);
}

/** All that is known of the keys that were lost. */
async function lostKeys({ auditFile, proxy }: World, rows: readonly KeyRow[]): Promise<readonly LostKey[]> {
  const reads = await auditedReads(auditFile, new Set(rows.map(({ requestId }) => requestId)));
  return rows.map((row) => ({
    row,
    read: reads.get(row.requestId),
    calls: proxy.calls.filter(({ tokenId }) => tokenId === row.tokenId),
    makings: proxy.calls.filter(({ requestId }) => requestId === row.requestId),
  }));
}

/** What the engine and the plugin have logged of a key and its lease. */
function linesAbout(log: string, { alias, leaseId }: HeldKey): readonly string[] {
  const lines = log.split('\n').filter((line) => line.includes(alias) || line.includes(leaseId));
  return [`    ${alias}, lease ${leaseId}`, ...lines.map((line) => `    ${line.slice(0, 300)}`)];
}

async function main(signal: AbortSignal): Promise<number> {
  const options = parseSoakOptions(process.argv.slice(2));
  if (options.action === 'help') {
    console.log(usage);
    return 0;
  }
  const litellm = options.proxy === undefined ? 'the stand-in' : 'the LiteLLM that was named';
  const servers = options.nodes === 1 ? options.engine : `${options.nodes} servers of ${options.engine}`;
  console.log(`${options.clients} clients on ${servers} and ${litellm}, --seed ${options.seed}`);
  const lines = options.action === 'faults' ? await soak(options, signal) : await measureMemory(options, signal);
  console.log(`\n${tableOf(lines)}`);
  const broken = lines.filter(({ holds }) => holds === false);
  console.log(
    broken.length === 0 ? '\nAll of it holds.' : `\n${broken.length} do not hold; the seed was ${options.seed}.`,
  );
  for (const { what } of broken) console.log(`FAILED soak: ${what.trim()}`);
  console.log(`${lines.filter(({ holds }) => holds === true).length} passed, ${broken.length} failed`);
  return broken.length === 0 ? 0 : 1;
}

await runScript(main, usage);
