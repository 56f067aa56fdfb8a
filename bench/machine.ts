import { arch, availableParallelism, cpus, loadavg, release, totalmem, type as systemName } from 'node:os';

/** What the figures were measured on, in one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${availableParallelism()} cores (${model}), ${memory}, ${systemName()} ${release()}, ${arch()}`;
}

/** How busy the machine is with all that runs on it: the mean of the last minute. */
export function describeLoad(): string {
  return (loadavg()[0] ?? 0).toFixed(2);
}
