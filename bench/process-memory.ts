import { readFile } from 'node:fs/promises';

/** The memory of a process, in MB of 10^6 bytes. */
export interface ProcessMemory {
  /** All of its pages that are in memory, those that it shares with others included. */
  readonly rss: number;
  /** Linux: as RSS, but a page that several processes have counts for its share. */
  readonly pss?: number;
  /** Linux: the pages that are its own and come from no file. */
  readonly anonymous?: number;
  /** Linux: the largest RSS so far. */
  readonly peak?: number;
}

/** Reads it from /proc where there is one, and from `ps` elsewhere, which knows RSS alone. */
export async function readProcessMemory(pid: number): Promise<ProcessMemory> {
  if (process.platform !== 'linux') {
    const text = await Bun.$`ps -o rss= -p ${pid}`.text();
    return { rss: megabytes(Number(text.trim())) };
  }
  const [rollup, status] = await Promise.all([
    readFile(`/proc/${pid}/smaps_rollup`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  return {
    rss: field(rollup, 'Rss'),
    pss: field(rollup, 'Pss'),
    anonymous: field(rollup, 'Anonymous'),
    peak: field(status, 'VmHWM'),
  };
}

function field(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (match === null) throw new Error(`the kernel does not tell a process's ${name}`);
  return megabytes(Number(match[1]));
}

function megabytes(kibibytes: number): number {
  return (kibibytes * 1024) / 1e6;
}
