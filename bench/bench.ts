import type { Section } from './figure.ts';
import { type LiteLLM, realLiteLLM, startStandIn } from './litellm.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { measureAdded } from './measure-added.ts';
import { measureHung } from './measure-hung.ts';
import { measureInFlight } from './measure-in-flight.ts';
import { measureMemory } from './measure-memory.ts';
import { measureOpenBao } from './measure-openbao.ts';
import { measureSize } from './measure-size.ts';
import { measureStart } from './measure-start.ts';
import { type BenchOptions, parseBenchOptions, type PartName, usage } from './options.ts';
import { UsageError } from '../e2e/harness/proxy.ts';
import { sectionText, tableHead, verdict } from './report.ts';

// `just bench`: see options.ts for what it takes. A missed target is a figure and no failure; the exit code is 1 where
// something could not be measured.

type RunOptions = Extract<BenchOptions, { action: 'run' }>;

/** What LiteLLM itself takes for a key, at the median: `litellm-api.md` has it measured on one worker. */
const usualMilliseconds = 26;

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort(new Error('interrupted')));
}
const { signal } = interrupted;

/** The sections of one part, each as soon as it is there. */
async function* measure(part: PartName, { quick, proxy }: RunOptions): AsyncGenerator<Section> {
  switch (part) {
    case 'size':
      yield await measureSize();
      return;
    case 'start':
      yield await measureStart(quick, signal);
      return;
    case 'added': {
      const warmUp = quick ? 300 : 1500;
      const fast = { rounds: quick ? 3 : 9, pairsPerRound: quick ? 200 : 500, warmUp };
      const slow = { rounds: quick ? 3 : 9, pairsPerRound: quick ? 20 : 50, warmUp };
      if (proxy === undefined) {
        yield await withLiteLLM(startStandIn(0), (litellm) => measureAdded(litellm, fast, signal));
        yield await withLiteLLM(startStandIn(usualMilliseconds), (litellm) => measureAdded(litellm, slow, signal));
      } else {
        yield await measureAdded(realLiteLLM(proxy), slow, signal);
      }
      return;
    }
    case 'openbao':
      yield proxy === undefined
        ? await withLiteLLM(startStandIn(0), (litellm) =>
            measureOpenBao(litellm, { rounds: quick ? 3 : 5, keysPerRound: quick ? 200 : 1000 }, signal),
          )
        : await measureOpenBao(realLiteLLM(proxy), { rounds: 3, keysPerRound: quick ? 40 : 100 }, signal);
      return;
    case 'hung':
      yield await withLiteLLM(startStandIn(usualMilliseconds), (litellm) =>
        measureHung(litellm, { hung: quick ? 500 : 5000, keys: quick ? 200 : 1000 }, signal),
      );
      return;
    case 'in-flight': {
      const runs = { rounds: quick ? 1 : 3, keysPerRound: quick ? 100 : 300 };
      yield proxy === undefined
        ? await withLiteLLM(startStandIn(usualMilliseconds), (litellm) => measureInFlight(litellm, runs, signal))
        : await measureInFlight(realLiteLLM(proxy), runs, signal);
      return;
    }
    case 'memory':
      yield await withLiteLLM(startStandIn(0), (litellm) =>
        measureMemory(litellm, { starts: quick ? 1 : 3, keys: quick ? 2000 : 10_000, rest: quick ? 3 : 10 }, signal),
      );
      return;
  }
}

async function withLiteLLM(starting: Promise<LiteLLM>, work: (litellm: LiteLLM) => Promise<Section>): Promise<Section> {
  await using litellm = await starting;
  return await work(litellm);
}

async function run(options: RunOptions): Promise<void> {
  console.log(`vault-plugin-secrets-litellm${options.quick ? ', quick: figures to look at, not to quote' : ''}`);
  console.log(`  on   ${describeMachine()}`);
  console.log(`  at   ${new Date().toISOString()}, load ${describeLoad()}, Bun ${Bun.version}\n`);
  console.log(tableHead());
  const sections: Section[] = [];
  for (const part of options.parts) {
    for await (const section of measure(part, options)) {
      sections.push(section);
      console.log(sectionText(section));
    }
  }
  console.log(`${verdict(sections)} Load ${describeLoad()} at the end.`);
}

try {
  const options = parseBenchOptions(process.argv.slice(2), process.env);
  if (options.action === 'help') console.log(usage);
  else await run(options);
  process.exit(0);
} catch (error) {
  if (signal.aborted) process.exit(130);
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : `could not measure: ${String(error)}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
