import { basename, join } from 'node:path';
import { readCPU } from './process-figures.ts';
import type { Programs } from './programs.ts';
import { untilIdle } from './quiet.ts';
import type { SideName, Track } from './track.ts';

/** What one load came to. */
export interface Run {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Seconds of the plugin's processor time for 1,000 requests, with all that they have caused afterwards; of no plugin 0. */
  readonly cpu: number;
  /** The same of the load itself. */
  readonly loadCPU: number;
}

/** The load's requests failed. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** What to ask, and how often. */
export interface LoadOptions {
  readonly side?: SideName;
  readonly operation: 'read' | 'renew' | 'revoke';
  readonly paths?: readonly string[];
  readonly clients: number;
  /** How many requests; of leases all. */
  readonly count?: number;
  /** A name for the leases: a read writes them, the others take them. */
  readonly leases?: string;
  readonly signal: AbortSignal;
}

interface Said {
  readonly count: number;
  readonly failed: number;
  readonly failure?: string;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
}

/** Runs one of the programs to its end; gives what it prints as JSON. @throws LoadError */
export async function runProgram(command: readonly string[], signal: AbortSignal): Promise<unknown> {
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', signal });
  const [code, text, complaint] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  signal.throwIfAborted();
  if (code !== 0)
    throw new LoadError(`${basename(command[0] ?? '')} ended with ${code}: ${complaint.trim().slice(-300)}`);
  return JSON.parse(text) as unknown;
}

/** Waits for idle cores, asks, and waits for idle cores again: then the plugin has done all that it was asked for. @throws LoadError */
export async function runLoad(programs: Programs, track: Track, options: LoadOptions): Promise<Run> {
  const { side, operation, paths = [], clients, count, leases, signal } = options;
  await untilIdle(signal);
  const pid = side === undefined ? undefined : await track.pid(side);
  const before = pid === undefined ? 0 : await readCPU(pid);
  const file = leases === undefined ? undefined : join(programs.folder, leases);
  const command = [
    programs.load,
    `-engine=${track.server.address}`,
    `-token=${track.server.rootToken}`,
    `-do=${operation}`,
    `-clients=${clients}`,
    ...(paths.length === 0 ? [] : [`-paths=${paths.join(',')}`]),
    ...(count === undefined ? [] : [`-count=${count}`]),
    ...(file === undefined ? [] : [`-${operation === 'read' ? 'out' : 'leases'}=${file}`]),
  ];
  const said = (await runProgram(command, signal)) as Said;
  if (said.failed > 0) throw new LoadError(`${said.failed} of ${said.count} requests failed: ${said.failure ?? ''}`);
  if (pid !== undefined) await untilIdle(signal);
  const after = pid === undefined ? 0 : await readCPU(pid);
  const perThousand = 1000 / said.count;
  return {
    rate: said.count / said.seconds,
    p50: said.p50,
    p99: said.p99,
    cpu: (after - before) * perThousand,
    loadCPU: said.cpu * perThousand,
  };
}
