import { readFile, readdir } from 'node:fs/promises';

/** A process of this machine. */
export interface ProcessInfo {
  readonly pid: number;
  /** The process that started it, or that inherited it. */
  readonly parent: number;
  /** The process group that it belongs to. */
  readonly group: number;
  /** Its arguments, the program first, in one line. */
  readonly command: string;
}

/** All processes that still run, from /proc where there is one and from `ps` elsewhere; those that only wait to be reaped are left out. */
export async function listProcesses(): Promise<readonly ProcessInfo[]> {
  if (process.platform !== 'linux') return listByPs();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(Number(pid)).catch(() => undefined)));
  return found.filter((info) => info !== undefined);
}

/** The environment that a process was started with, as `NAME=value`; empty where that is not told. */
export async function environmentOf({ pid }: Pick<ProcessInfo, 'pid'>): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  return (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0');
}

async function readProcess(pid: number): Promise<ProcessInfo | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may hold spaces and brackets itself.
  const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  return { pid, parent: Number(parent), group: Number(group), command };
}

async function listByPs(): Promise<readonly ProcessInfo[]> {
  const text = await Bun.$`ps -A -o pid=,ppid=,pgid=,state=,command=`.text();
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    if (match === null || match[4]?.startsWith('Z') === true) return [];
    return [{ pid: Number(match[1]), parent: Number(match[2]), group: Number(match[3]), command: match[5] ?? '' }];
  });
}
