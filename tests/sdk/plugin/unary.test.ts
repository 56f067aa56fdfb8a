import { describe, expect, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import { Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { LogFields, Logger } from '../../../src/sdk/logical/logger.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import { type CallContext, unary } from '../../../src/sdk/plugin/unary.ts';

/** A call as grpc-js hands it over. */
class FakeCall extends EventEmitter {
  readonly metadata = new Metadata();
  readonly request = 'question';

  getPath(): string {
    return '/test.Service/Method';
  }
}

/** Runs a handler; the answer is what grpc-js would send. */
async function answer(
  handle: (request: string, context: CallContext) => Promise<string> | string,
  { call = new FakeCall(), logger = nullLogger }: { readonly call?: FakeCall; readonly logger?: Logger } = {},
): Promise<unknown> {
  return await new Promise((resolve) => {
    unary(logger, handle)(call as unknown as ServerUnaryCall<string, string>, (error, value) =>
      resolve(error ?? value),
    );
  });
}

describe('an answer', () => {
  test('is what the handler gives, now or later', async () => {
    expect(await answer((request) => `${request}!`)).toBe('question!');
    expect(await answer(async (request) => `${request}?`)).toBe('question?');
  });

  test('is INTERNAL for what a handler throws, and a line in the log', async () => {
    const lines: { readonly level: string; readonly fields: LogFields }[] = [];
    const logger: Logger = { log: (level, _message, fields = {}) => void lines.push({ level, fields }) };
    const failing = [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
    ];
    for (const [index, handle] of failing.entries()) {
      const details = ['at once', 'later'][index] ?? '';
      expect(await answer(handle, { logger })).toEqual({ code: status.INTERNAL, details });
      expect(lines[index]).toEqual({ level: 'error', fields: { method: '/test.Service/Method', error: details } });
    }
  });
});

describe('the signal', () => {
  test('aborts when the caller goes before the answer', async () => {
    const call = new FakeCall();
    const given = answer(
      async (_request, { signal }) => {
        call.emit('cancelled');
        return String(signal.aborted);
      },
      { call },
    );
    expect(await given).toBe('true');
  });

  test('stays as it is after the answer, though grpc-js then reports every call as cancelled', async () => {
    const call = new FakeCall();
    const signals: AbortSignal[] = [];
    await answer(
      (_request, { signal }) => {
        signals.push(signal);
        return '';
      },
      { call },
    );
    call.emit('cancelled');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  test('aborts by hand', async () => {
    const given = await answer((_request, { signal, abort }) => {
      abort();
      return String(signal.aborted);
    });
    expect(given).toBe('true');
  });
});

describe('a caller that takes no answer', () => {
  /** A call whose stream shows what a test sets. */
  class StreamCall extends FakeCall {
    readonly watched: { readonly id: number; readonly act: () => void }[] = [];
    readonly call: object;

    constructor(stream: { readonly destroyed: boolean; readonly rstCode?: number }) {
      super();
      const watch = (id: number, act: () => void): void => void this.watched.push({ id, act });
      this.call = { stream: { id: 7, ...stream, session: { socket: { watch } } } };
    }
  }

  const tell = async (call: FakeCall): Promise<() => number> => {
    let times = 0;
    await answer(
      (_request, { onUndelivered }) => {
        onUndelivered(() => (times += 1));
        return '';
      },
      { call },
    );
    return () => times;
  };

  test('is told after the answer', async () => {
    const call = new StreamCall({ destroyed: false, rstCode: 0 });
    const times = await tell(call);
    expect(times()).toBe(0);
    expect(call.watched.map(({ id }) => id)).toEqual([7]);
    call.watched[0]?.act();
    expect(times()).toBe(1);
  });

  test('is told at once when it has gone already', async () => {
    for (const stream of [{ destroyed: true }, { destroyed: false, rstCode: 8 }]) {
      const call = new StreamCall(stream);
      expect((await tell(call))()).toBe(1);
      expect(call.watched).toEqual([]);
    }
  });

  test('is never told where a call shows no stream', async () => {
    expect((await tell(new FakeCall()))()).toBe(0);
  });
});
