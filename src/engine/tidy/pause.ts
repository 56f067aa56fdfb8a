import { UserMistake } from '../fault/user-mistake.ts';

const millisecondsPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const longest = 3_600_000;

/**
 * A `pause_duration` in milliseconds: a number and a unit, as in `100ms`; without a unit, seconds. Throws
 * {@link UserMistake}. Go's PKI engine takes such a text too, since seconds are too coarse here.
 */
export function parsePause(text: string): number {
  const [, amount, unit = 's'] = /^(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  const scale = millisecondsPerUnit[unit];
  if (amount === undefined || scale === undefined) {
    throw new UserMistake('pause_duration must be a number and one of the units ms, s, m or h, such as 100ms');
  }
  const milliseconds = Number(amount) * scale;
  if (milliseconds > longest) throw new UserMistake('pause_duration must be at most 1h');
  return Math.ceil(milliseconds);
}

/** Waits so many milliseconds. Throws the signal's reason as soon as it aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => reject(signal.reason as Error);
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
