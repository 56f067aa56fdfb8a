import { describe, expect, test } from 'bun:test';
import { Latency } from '../../src/litellm/latency.ts';

/** A latency after answers that took so many milliseconds each, and a clock to turn. */
function latencyAfter(answers: readonly number[]): { readonly latency: Latency; readonly pass: (ms: number) => void } {
  let now = 1_000_000;
  const latency = new Latency(() => now);
  for (const milliseconds of answers) {
    now += milliseconds;
    latency.answered(milliseconds);
  }
  return { latency, pass: (milliseconds) => void (now += milliseconds) };
}

describe('the delay of a hedge', () => {
  for (const { name, answers, delay } of [
    { name: 'is short for a client that knows nothing', answers: [], delay: 1500 },
    { name: 'is short for a LiteLLM that answers soon', answers: [26, 30, 24], delay: 1500 },
    { name: 'is longer for one that takes a second', answers: [1000], delay: 3000 },
    { name: 'does not exist for one that is slow', answers: [2000, 3000], delay: undefined },
  ]) {
    test(name, () => {
      expect(latencyAfter(answers).latency.hedgeDelay()).toBe(delay as number);
    });
  }

  test('grows and shrinks with what is seen', () => {
    const { latency } = latencyAfter([26, 26, 1200, 1200, 1200]);
    expect(latency.hedgeDelay()).toBeGreaterThan(1500);
    for (let answers = 0; answers < 40; answers += 1) latency.answered(26);
    expect(latency.hedgeDelay()).toBe(1500);
  });

  test('does not exist once kept connections have been idle for long, since they are not used', () => {
    const { latency, pass } = latencyAfter([26]);
    pass(4001);
    expect(latency.idle).toBe(true);
    expect(latency.hedgeDelay()).toBeUndefined();
  });

  test('forgets what it saw long ago', () => {
    const { latency, pass } = latencyAfter([4000, 4000]);
    expect(latency.hedgeDelay()).toBeUndefined();
    pass(10_001);
    latency.answered(26);
    expect(latency.hedgeDelay()).toBe(1500);
    expect(latency.idle).toBe(false);
  });
});
