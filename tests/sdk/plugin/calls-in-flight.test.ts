import { describe, expect, test } from 'bun:test';
import { Metadata } from '@grpc/grpc-js';
import { CallsInFlight } from '../../../src/sdk/plugin/calls-in-flight.ts';
import type { CallContext } from '../../../src/sdk/plugin/unary.ts';

function newContext(): CallContext {
  const controller = new AbortController();
  return {
    metadata: new Metadata(),
    signal: controller.signal,
    abort: () => controller.abort(),
    onUndelivered: () => undefined,
  };
}

describe('a call', () => {
  test('gives its result, and its failure', async () => {
    const calls = new CallsInFlight();
    expect(await calls.run(newContext(), async () => 'result')).toBe('result');
    const failure = calls.run(newContext(), () => Promise.reject(new Error('failed')));
    expect(await failure.catch((error: unknown) => error)).toEqual(new Error('failed'));
  });

  test('that is over is not aborted', async () => {
    const calls = new CallsInFlight();
    const context = newContext();
    await calls.run(context, async () => undefined);
    await calls.end();
    expect(context.signal.aborted).toBe(false);
  });
});

describe('the end', () => {
  test('aborts every call and waits until the last is over', async () => {
    const calls = new CallsInFlight();
    const contexts = [newContext(), newContext()];
    const cleanUp = Promise.withResolvers<void>();
    const log: string[] = [];
    const running = contexts.map(({ signal }, index) =>
      calls.run(contexts[index] ?? newContext(), async () => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve, { once: true });
        });
        await cleanUp.promise;
        log.push('call over');
        throw new Error('given up');
      }),
    );
    for (const call of running) call.catch(() => undefined);
    const end = calls.end().then(() => log.push('end'));
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    cleanUp.resolve();
    await end;
    expect(log).toEqual(['call over', 'call over', 'end']);
  });

  test('does not wait for a call that waits for the end of its mount', async () => {
    const calls = new CallsInFlight();
    const context = newContext();
    const mount = Promise.withResolvers<void>();
    const call = calls.run(context, () => mount.promise);
    await calls.end();
    expect(context.signal.aborted).toBe(true);
    mount.resolve();
    await call;
  });

  test('of nothing is at once', async () => {
    await new CallsInFlight().end();
  });
});
