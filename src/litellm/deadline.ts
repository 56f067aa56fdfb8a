/** Why a call was stopped: its time is up, or its caller has gone. */
export type StopReason = 'time' | 'caller';

/** The end of a call, however often it is sent. */
export interface Deadline {
  /** Why the call was stopped, if it was. */
  readonly stopped: StopReason | undefined;
  /** Milliseconds that are left. */
  left(): number;
  /** Aborts one sending; it aborts when the call is stopped. */
  controller(): AbortController;
  /** The promise, or a rejection once the call is stopped even if the promise never settles. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Resolves after so many milliseconds; rejects once the call is stopped. */
  pause(milliseconds: number): Promise<void>;
  /** Removes timer and listener; call it at the end. */
  clear(): void;
}

/** The longest delay a timer takes. */
const longestTimer = 2 ** 31 - 1;

/**
 * Starts one, with one timer and one listener that are both removed: `AbortSignal.timeout` and `any` would live on for
 * the whole time, for each call.
 */
export function startDeadline(seconds: number, caller: AbortSignal | undefined): Deadline {
  const { promise: over, reject } = Promise.withResolvers<never>();
  over.catch(() => undefined);
  const end = performance.now() + seconds * 1000;
  const controllers: AbortController[] = [];
  let stopped: StopReason | undefined;
  const stop = (why: StopReason) => {
    stopped ??= why;
    reject(new Error('the call was stopped'));
    for (const controller of controllers) controller.abort();
  };
  const onCallerGone = () => stop('caller');
  const timer = setTimeout(() => stop('time'), Math.min(seconds * 1000, longestTimer));
  if (caller?.aborted === true) stop('caller');
  else caller?.addEventListener('abort', onCallerGone, { once: true });
  const race = async <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, over]);
  return {
    get stopped() {
      return stopped;
    },
    left: () => end - performance.now(),
    controller() {
      const controller = new AbortController();
      controllers.push(controller);
      if (stopped !== undefined) controller.abort();
      return controller;
    },
    race,
    async pause(milliseconds) {
      let pausing: Timer | undefined;
      const paused = new Promise<void>((resolve) => {
        pausing = setTimeout(resolve, milliseconds);
      });
      try {
        await race(paused);
      } finally {
        clearTimeout(pausing);
      }
    },
    clear() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onCallerGone);
    },
  };
}
