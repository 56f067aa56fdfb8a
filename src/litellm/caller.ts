import type { CallSlots, Lane } from './call-slots.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { type LiteLLMError, NoTurnError, RequestAbortedError, RequestTimeoutError } from './error.ts';
import { hedged, HedgeGate, type Sending } from './hedge.ts';
import { Latency } from './latency.ts';
import { isLost, startRepeats } from './repeat.ts';
import { type Answer, apiURL, callOf, createTransport, type Exchange, type TransportOptions } from './transport.ts';

/** What calls need besides the address. */
export interface CallerOptions extends TransportOptions {
  /** Shared by all clients of a mount; without it there is no bound. */
  readonly slots?: CallSlots;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Called for every answer of LiteLLM that was what it should be. */
  readonly onGoodCall?: () => void;
}

/** What a call is. */
export interface CallKind {
  readonly lane: Lane;
  /** Whether it may happen twice; if so, it is sent again when that helps. */
  readonly repeatable: boolean;
  /** Whether it must go out on a fresh connection. */
  readonly fresh?: boolean;
  /** Whether it goes out without a turn; see `GenerateOptions`. */
  readonly extra?: boolean;
  /** Called when it goes out for the first time. */
  readonly onSent?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends calls, each in its turn and within its time. */
export interface Caller {
  /** Gives what `read` makes of the answer. Throws a `LiteLLMError`, and what `read` throws. */
  call<T>(exchange: Exchange, kind: CallKind, read: (answer: Answer) => T): Promise<T>;
  /** See `Client.hedgeDelay`. */
  hedgeDelay(): number | undefined;
}

/** A caller for one proxy. */
export function createCaller(options: CallerOptions): Caller {
  const { slots, requestTimeout, random = Math.random } = options;
  const address = apiURL(options);
  const transport = createTransport(options);
  const latency = new Latency();
  const gate = new HedgeGate();

  async function takeTurn(exchange: Exchange, { lane, signal }: CallKind): Promise<void> {
    const gone = (): boolean => signal?.aborted === true;
    if (gone()) throw new RequestAbortedError(callOf(address, exchange), false);
    if (slots === undefined || slots.tryTake(lane)) return;
    const turn = await slots.wait(lane, requestTimeout, signal);
    if (turn === 'time') throw new NoTurnError(callOf(address, exchange), requestTimeout, slots.max);
    // The caller may go between the grant of a turn and its use.
    if (turn === 'turn' && !gone()) return;
    if (turn === 'turn') slots.release(lane);
    throw new RequestAbortedError(callOf(address, exchange), false);
  }

  function hedgeDelay(): number | undefined {
    const delay = latency.hedgeDelay();
    return delay !== undefined && delay < requestTimeout * 1000 ? delay : undefined;
  }

  /** Sends it once, and reads the answer. */
  function send<T>(exchange: Exchange, deadline: Deadline, fresh: boolean, read: (answer: Answer) => T): Sending<T> {
    const controller = deadline.controller();
    const answer = (async () => {
      const begin = performance.now();
      const received = await transport(exchange, { deadline, controller, fresh });
      latency.answered(performance.now() - begin);
      const value = read(received);
      options.onGoodCall?.();
      return value;
    })();
    return { answer, abort: () => controller.abort() };
  }

  return {
    hedgeDelay,
    async call(exchange, kind, read) {
      let hasTurn = false;
      if (kind.extra !== true) {
        await takeTurn(exchange, kind);
        hasTurn = true;
      }
      const deadline = startDeadline(requestTimeout, kind.signal);
      try {
        kind.onSent?.();
        if (!kind.repeatable) {
          return await send(exchange, deadline, kind.fresh ?? latency.idle, read).answer;
        }
        const again = (): Sending<ReturnType<typeof read>> => send(exchange, deadline, true, read);
        const isAnswer = (error: unknown): boolean => !isLost(error);
        const repeats = startRepeats(random);
        let fresh = latency.idle;
        for (;;) {
          const delay = fresh ? undefined : hedgeDelay();
          const first = send(exchange, deadline, fresh, read);
          try {
            return await (delay === undefined ? first.answer : hedged(first, { gate, delay, again, isAnswer }));
          } catch (error) {
            const repeat = deadline.stopped === undefined ? repeats(error) : undefined;
            if (repeat === undefined || repeat.delay >= deadline.left()) throw error;
            if (repeat.delay > 0) {
              // Other calls may go meanwhile.
              if (hasTurn) slots?.release(kind.lane);
              hasTurn = false;
              await pause(deadline, repeat.delay, exchange);
              if (!(await turnAgain(deadline, kind))) throw stoppedError(deadline, exchange) ?? error;
              hasTurn = true;
            }
            fresh = repeat.fresh;
          }
        }
      } finally {
        deadline.clear();
        if (hasTurn) slots?.release(kind.lane);
      }
    },
  };

  async function pause(deadline: Deadline, milliseconds: number, exchange: Exchange): Promise<void> {
    try {
      await deadline.pause(milliseconds);
    } catch (error) {
      throw stoppedError(deadline, exchange) ?? error;
    }
  }

  /** Whether a call that gave its slot back got one again in time. */
  async function turnAgain(deadline: Deadline, { lane, signal }: CallKind): Promise<boolean> {
    return slots === undefined || (await slots.wait(lane, deadline.left() / 1000, signal)) === 'turn';
  }

  function stoppedError(deadline: Deadline, exchange: Exchange): LiteLLMError | undefined {
    const call = callOf(address, exchange);
    if (deadline.stopped === 'caller') return new RequestAbortedError(call, true);
    return deadline.stopped === 'time' ? new RequestTimeoutError(call, requestTimeout, 'answer') : undefined;
  }
}
