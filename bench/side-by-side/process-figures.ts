import { readFile } from 'node:fs/promises';

/** What /proc counts in a second: `getconf CLK_TCK`, 100 on every Linux that there is. */
const ticksPerSecond = 100;

/** Seconds of processor time that a process has had so far. */
export async function readCPU(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The memory of a process in MiB: the pages that are in memory now, and the most that were. */
export async function readRSS(pid: number): Promise<{ readonly rss: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { rss: field('VmRSS'), peak: field('VmHWM') };
}
