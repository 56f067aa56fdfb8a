import Long from 'long';

const nanosecondsPerSecond = 1_000_000_000;

/** Whole seconds of a duration on the wire; what is below a second goes, as a lease counts seconds. */
export function secondsFromWire(nanoseconds: Long | null | undefined): number {
  return nanoseconds?.div(nanosecondsPerSecond).toNumber() ?? 0;
}

/** A duration on the wire, exact: 105 days in nanoseconds are more than a number can hold. */
export function secondsToWire(seconds: number): Long {
  return Long.fromNumber(Math.trunc(seconds)).mul(nanosecondsPerSecond);
}
