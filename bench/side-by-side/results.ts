import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ProfilePart } from './profile-parts.ts';
import type { Race } from './race.ts';
import type { SideName } from './track.ts';

const root = resolve(import.meta.dir, '../..');
/** Where the page is, and what it is made from. */
export const pageFile = resolve(root, 'docs/performance.md');
export const pageFolder = resolve(root, 'docs/performance');
const resultsFile = resolve(pageFolder, 'results.json');

/** One value of each plugin, round by round. */
export type Pairs = Readonly<Record<SideName, readonly number[]>>;

/** Memory in MiB. */
export interface Memory {
  readonly idle: number;
  readonly peak: number;
  readonly issued: number;
  readonly rested: number;
}

/** What was measured in one engine; a part that was not run is left out. */
export interface EngineResults {
  readonly title: string;
  readonly version: string;
  readonly race?: Race;
  /** Of the first 100 reads of a process: reads a second, p99 in milliseconds, processor seconds for 1,000. */
  readonly first?: { readonly rate: Pairs; readonly p99: Pairs; readonly cpu: Pairs };
  /** Milliseconds that the engine takes to mount it for the first time, the start of its process included. */
  readonly mount?: Pairs;
  readonly memory?: {
    readonly keys: number;
    readonly rest: number;
    readonly rounds: Readonly<Record<SideName, readonly Memory[]>>;
  };
  /** Keys a second by 8 clients on one mount, and on all of 50; MiB before the 49 others were there, and after. */
  readonly mounts?: {
    readonly mounts: number;
    readonly one: Pairs;
    readonly all: Pairs;
    readonly before: Readonly<Record<SideName, number>>;
    readonly after: Readonly<Record<SideName, number>>;
  };
  /** A role of many models beside one of a single model, by 8 clients. */
  readonly models?: {
    readonly models: number;
    readonly rate: readonly number[];
    readonly cpu: readonly number[];
    readonly plainRate: readonly number[];
    /** The engine's own kv read of as many names. */
    readonly floor: readonly number[];
  };
  /** Leases outstanding, and what it costs to make more, step by step. */
  readonly leases?: readonly ScaleStep[];
  /** The same by the number of roles that are read in turns. */
  readonly roles?: readonly ScaleStep[];
}

/** One step of a scale. */
export interface ScaleStep {
  readonly count: number;
  readonly rate: number;
  readonly p99: number;
  readonly cpu: number;
  /** MiB. */
  readonly rss: number;
}

/** What one round says of a process that was asked every millisecond whether it is well: milliseconds until its answers. */
export interface Pauses {
  readonly rate: number;
  readonly asked: number;
  readonly p50: number;
  readonly p999: number;
  readonly longest: number;
}

/** All that the page tells. */
export interface Results {
  readonly machine: string;
  readonly at: string;
  readonly plugin: string;
  readonly bun: string;
  readonly quick: boolean;
  /** Waits for idle cores that were given up. */
  readonly busy: { readonly waits: number; readonly busy: number };
  /** MiB of the files. */
  readonly size: Readonly<Record<SideName, number>>;
  /** Milliseconds from the start of the process to its handshake. */
  readonly start?: Pairs;
  readonly engines: Readonly<Record<string, EngineResults>>;
  /** How long each process does not react while clients issue keys. */
  readonly pauses?: {
    readonly clients: number;
    readonly keys: number;
    readonly rounds: Readonly<Record<SideName, readonly Pauses[]>>;
  };
  /** The share of a key's time that is ours, with a real LiteLLM: milliseconds at the median, one by one. */
  readonly litellm?: {
    readonly at: string;
    readonly version: string;
    /** LiteLLM asked directly. */
    readonly direct: number;
    /** Through plugin and gRPC. */
    readonly through: number;
    /** What the plugin adds, round by round. */
    readonly added: readonly number[];
    readonly pairs: number;
  };
  /** A read's processor time, part by part, in microseconds. */
  readonly profile?: {
    readonly reads: number;
    readonly total: number;
    readonly parts: readonly ProfilePart[];
  };
}

/** What was measured last; undefined where nothing was. */
export async function readResults(): Promise<Results | undefined> {
  const file = Bun.file(resultsFile);
  return (await file.exists()) ? ((await file.json()) as Results) : undefined;
}

/** Keeps what was measured. */
export async function writeResults(results: Results): Promise<void> {
  await mkdir(dirname(resultsFile), { recursive: true });
  const rounded = JSON.stringify(results, (_name, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value,
  );
  await Bun.write(resultsFile, `${rounded}\n`);
  await formatFile(resultsFile);
}

/** Formats a file as the whole tree is. */
export async function formatFile(path: string): Promise<void> {
  await Bun.$`${resolve(root, 'node_modules/.bin/prettier')} --write --log-level=warn ${path}`;
}
