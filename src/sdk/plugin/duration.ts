import Long from 'long';

const nanosecondsPerSecond = 1_000_000_000;

/** Whole seconds of a duration on the wire. Fractions are dropped, as a lease counts seconds. */
export function secondsFromWire(nanoseconds: Long | null | undefined): number {
  return nanoseconds?.div(nanosecondsPerSecond).toNumber() ?? 0;
}

/** A duration on the wire, exact: a number cannot hold the nanoseconds of 105 days. */
export function secondsToWire(seconds: number): Long {
  return Long.fromNumber(Math.trunc(seconds)).mul(nanosecondsPerSecond);
}
