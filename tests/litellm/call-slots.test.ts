import { describe, expect, test } from 'bun:test';
import { CallSlots, type Lane, type Turn } from '../../src/litellm/call-slots.ts';

const long = 1000;

/** Takes slots until there are no more. */
function fill(slots: CallSlots, lane: Lane): number {
  let taken = 0;
  while (slots.tryTake(lane)) taken += 1;
  return taken;
}

/** Waits, and writes down who got a turn and when. */
async function queue(slots: CallSlots, lane: Lane, name: string, order: string[]): Promise<void> {
  if ((await slots.wait(lane, long)) === 'turn') order.push(name);
}

describe('call slots', () => {
  for (const { max, ordinary } of [
    { max: 2, ordinary: 1 },
    { max: 3, ordinary: 2 },
    { max: 8, ordinary: 6 },
    { max: 1024, ordinary: 768 },
  ]) {
    test(`of ${max}, ordinary calls may have ${ordinary} and those that end keys the rest`, () => {
      const slots = new CallSlots(max);
      expect(fill(slots, 'ordinary')).toBe(ordinary);
      expect(fill(slots, 'ending')).toBe(max - ordinary);
      expect(slots.inFlight).toBe(max);
      slots.release('ending');
      expect(slots.tryTake('ordinary')).toBe(false);
      expect(slots.tryTake('ending')).toBe(true);
    });
  }

  test('go to those who wait, first come first served, the ending line first', async () => {
    const slots = new CallSlots(4);
    fill(slots, 'ending');
    const order: string[] = [];
    const waiting = [
      queue(slots, 'ordinary', 'read 1', order),
      queue(slots, 'ordinary', 'read 2', order),
      queue(slots, 'ending', 'revoke 1', order),
      queue(slots, 'ending', 'revoke 2', order),
    ];
    for (let calls = 0; calls < 4; calls += 1) {
      slots.release('ending');
      await Promise.resolve();
    }
    await Promise.all(waiting);
    expect(order).toEqual(['revoke 1', 'revoke 2', 'read 1', 'read 2']);
    expect(slots.inFlight).toBe(4);
  });

  test('are not taken past those who wait', async () => {
    const slots = new CallSlots(2);
    slots.tryTake('ordinary');
    const waiting = slots.wait('ordinary', long);
    expect(slots.tryTake('ordinary')).toBe(false);
    slots.release('ordinary');
    expect(slots.tryTake('ordinary')).toBe(false);
    expect(await waiting).toBe('turn');
  });

  test('a caller who waits too long takes nothing', async () => {
    const slots = new CallSlots(2);
    slots.tryTake('ordinary');
    expect(await slots.wait('ordinary', 0.01)).toBe('time');
    slots.release('ordinary');
    expect(slots.inFlight).toBe(0);
    expect(fill(slots, 'ordinary')).toBe(1);
  });

  test('a caller who goes leaves the line to the others', async () => {
    const slots = new CallSlots(2);
    slots.tryTake('ordinary');
    const gone = new AbortController();
    const turns = [
      slots.wait('ordinary', long, gone.signal),
      slots.wait('ordinary', long),
      slots.wait('ordinary', long, AbortSignal.abort()),
    ];
    gone.abort();
    slots.release('ordinary');
    expect(await Promise.all(turns)).toEqual(['caller', 'turn', 'caller']);
    expect(slots.inFlight).toBe(1);
  });

  test('an ending caller who goes leaves no hole', async () => {
    const slots = new CallSlots(4);
    fill(slots, 'ending');
    const gone = new AbortController();
    const ending = slots.wait('ending', long, gone.signal);
    const ordinary = slots.wait('ordinary', long);
    gone.abort();
    slots.release('ending');
    expect(await Promise.all([ending, ordinary])).toEqual(['caller', 'turn']);
  });

  test('a wider bound lets callers go, a narrower one waits for those under way', async () => {
    const slots = new CallSlots(2);
    fill(slots, 'ending');
    const waiting = [slots.wait('ordinary', long), slots.wait('ordinary', long)];
    slots.resize(8);
    expect(await Promise.all(waiting)).toEqual(['turn', 'turn']);
    slots.resize(2);
    slots.release('ending');
    slots.release('ending');
    expect(slots.tryTake('ending')).toBe(false);
    slots.release('ordinary');
    expect(slots.tryTake('ending')).toBe(true);
  });

  test('thousands leave from anywhere in the line, and the rest keep their order', async () => {
    const slots = new CallSlots(2);
    slots.tryTake('ordinary');
    const callers = Array.from({ length: 5000 }, () => new AbortController());
    const turns: Turn[] = [];
    const served: number[] = [];
    const all = callers.map(async ({ signal }, index) => {
      const turn = await slots.wait('ordinary', long, signal);
      turns.push(turn);
      if (turn === 'turn') {
        served.push(index);
        slots.release('ordinary');
      }
    });
    for (const [index, caller] of callers.entries()) if (index % 10 !== 0) caller.abort();
    slots.release('ordinary');
    await Promise.all(all);
    expect(served).toEqual(Array.from({ length: 500 }, (_, index) => index * 10));
    expect(slots.inFlight).toBe(0);
  });
});
