import type { Section } from './figure.ts';
import { type LiteLLM, realLiteLLM, startStandIn } from './litellm.ts';
import { measureAdded } from './measure-added.ts';
import { measureHung } from './measure-hung.ts';
import { measureInFlight } from './measure-in-flight.ts';
import { measureRotation } from './measure-rotation.ts';
import type { BenchOptions, OwnPart } from './options.ts';

/** What LiteLLM itself takes for a key, at the median: `litellm-api.md` has it measured on one worker. */
const usualMilliseconds = 26;

/** The sections of one part, each as soon as it is there. */
export async function* measureOwn(
  part: OwnPart,
  { length, proxy }: Extract<BenchOptions, { action: 'run' }>,
  signal: AbortSignal,
): AsyncGenerator<Section> {
  const quick = length !== 'full';
  switch (part) {
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
    case 'rotation': {
      const runs = quick
        ? { roles: 200, loaded: 1000, rounds: 1, keys: 300 }
        : { roles: 1000, loaded: 10_000, rounds: 3, keys: 2000 };
      yield await withLiteLLM(startStandIn(usualMilliseconds), (litellm) => measureRotation(litellm, runs, signal));
      return;
    }
  }
}

async function withLiteLLM(starting: Promise<LiteLLM>, work: (litellm: LiteLLM) => Promise<Section>): Promise<Section> {
  await using litellm = await starting;
  return await work(litellm);
}
