import { describe, expect, test } from 'bun:test';
import { hedged, HedgeGate, type Sending } from '../../src/litellm/hedge.ts';

/** A sending that a test answers by hand. */
interface HandSending extends Sending<string> {
  readonly resolve: (value: string) => void;
  readonly reject: (error: unknown) => void;
  readonly aborted: () => boolean;
}

function handSending(): HandSending {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let aborted = false;
  return {
    answer: promise,
    resolve,
    reject,
    abort: () => {
      aborted = true;
    },
    aborted: () => aborted,
  };
}

const lost = new Error('lost');
const isAnswer = (error: unknown): boolean => error !== lost;

/** A hedged call whose second sending is under way. */
async function underWay(gate = new HedgeGate()) {
  const [first, second] = [handSending(), handSending()];
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  const again = (): HandSending => {
    resolve();
    return second;
  };
  const answer = hedged(first, { gate, delay: 0, again, isAnswer });
  answer.catch(() => undefined);
  await sent;
  return { first, second, answer };
}

describe('a hedged call', () => {
  test('takes the answer of the second sending, and gives the first up', async () => {
    const { first, second, answer } = await underWay();
    second.resolve('two');
    expect(await answer).toBe('two');
    expect([first.aborted(), second.aborted()]).toEqual([true, false]);
  });

  test('takes the answer of the first sending, and gives the second up', async () => {
    const { first, second, answer } = await underWay();
    first.resolve('one');
    expect(await answer).toBe('one');
    expect([first.aborted(), second.aborted()]).toEqual([false, true]);
    second.reject(lost);
  });

  test('that one sending loses waits for the other', async () => {
    const { first, second, answer } = await underWay();
    first.reject(lost);
    await Bun.sleep(0);
    second.resolve('two');
    expect(await answer).toBe('two');
  });

  test('that both sendings lose fails', async () => {
    const { first, second, answer } = await underWay();
    second.reject(lost);
    first.reject(lost);
    expect(answer).rejects.toBe(lost);
  });

  test('takes a refusal for an answer', async () => {
    const { first, second, answer } = await underWay();
    second.reject(new Error('refused'));
    expect(answer).rejects.toThrow('refused');
    expect(first.aborted()).toBe(true);
  });

  test('is not sent twice when the answer is there in time, or before it went out', async () => {
    const first = handSending();
    first.resolve('one');
    const again = (): never => {
      throw new Error('sent twice');
    };
    expect(await hedged(first, { gate: new HedgeGate(), delay: 1000, again, isAnswer })).toBe('one');

    const late = handSending();
    const { promise: delay, resolve: sent } = Promise.withResolvers<number | undefined>();
    const answer = hedged(late, { gate: new HedgeGate(), delay, again, isAnswer });
    await Bun.sleep(5);
    late.resolve('late');
    expect(await answer).toBe('late');
    sent(0);
    await Bun.sleep(5);

    const slow = handSending();
    const waiting = hedged(slow, { gate: new HedgeGate(), delay: Promise.resolve(undefined), again, isAnswer });
    await Bun.sleep(5);
    slow.resolve('slow');
    expect(await waiting).toBe('slow');
  });

  test('waits while another hedge of the client is under way', async () => {
    const gate = new HedgeGate();
    const one = await underWay(gate);
    let sent = false;
    const [first, second] = [handSending(), handSending()];
    const again = (): HandSending => {
      sent = true;
      return second;
    };
    const two = hedged(first, { gate, delay: 0, again, isAnswer });
    const three = handSending();
    const gone = hedged(three, { gate, delay: 0, again, isAnswer });
    await Bun.sleep(5);
    expect(sent).toBe(false);
    three.resolve('three');
    expect(await gone).toBe('three');
    one.second.resolve('one');
    await one.answer;
    await Bun.sleep(0);
    expect(sent).toBe(true);
    second.resolve('two');
    expect(await two).toBe('two');
  });
});
