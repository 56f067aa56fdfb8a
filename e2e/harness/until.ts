import { ReportedError } from './script.ts';

/** What was waited for did not come in time. */
export class DeadlineError extends ReportedError {
  override readonly name = 'DeadlineError';

  constructor(what: string, seconds: number, last: string) {
    super(`waited ${seconds} s in vain until ${what}${last === '' ? '' : `; the last look: ${last}`}`);
  }
}

/**
 * Looks again and again, every 50 ms, until `look` gives something other than undefined, false or an error.
 * For states of other programs that announce themselves to nobody.
 * @throws DeadlineError with the last error, when `seconds` are over; the signal's reason, when that is aborted.
 */
export async function until<Found>(
  what: string,
  seconds: number,
  look: () => Promise<Found | undefined | false>,
  signal?: AbortSignal,
): Promise<Found> {
  const end = performance.now() + seconds * 1000;
  let last = '';
  do {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = '';
    } catch (error) {
      last = String(error);
    }
    await Bun.sleep(50);
    signal?.throwIfAborted();
  } while (performance.now() < end);
  throw new DeadlineError(what, seconds, last);
}

/** The outcome of some work, or the signal's reason as soon as that is aborted; the work itself goes on. */
export async function orAborted<Outcome>(work: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
