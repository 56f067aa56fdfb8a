import { access, constants, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cacheFolder } from '../../build/cache.ts';
import {
  EngineFetchError,
  EngineMissingError,
  EngineProgramError,
  type Engine,
  type EngineProgram,
  type ProgramOptions,
} from './engine.ts';

/** Puts the program of a version to `target`, whose folder is there for this alone and goes afterwards. @throws EngineFetchError */
export type Fetch = (
  about: Pick<Engine, 'title' | 'version'>,
  target: string,
  signal: AbortSignal | undefined,
) => Promise<void>;

/** An engine, and how one version of it is had where no program of it is there yet. */
export interface ProgramSource extends Omit<Engine, 'whyMissing' | 'program'> {
  /** Whether a program on the PATH is taken before one is fetched. */
  readonly prefersPath: boolean;
  /** What this machine lacks to fetch it with, and every way out in one line; undefined where it lacks nothing. */
  lacks(): Promise<string | undefined>;
  /** What is said when it begins to. */
  readonly fetching: string;
  readonly fetch: Fetch;
}

/** The engine of a source. */
export const engineOf = (source: ProgramSource): Engine => ({
  ...source,
  whyMissing: () => whyMissing(source),
  program: (options = {}) => findProgram(source, options),
});

/** The environment variable that names a program: by a path or, as a shell takes it, by a word without a slash on the PATH. */
const variableOf = ({ prefix }: ProgramSource): string => `${prefix}_BINARY`;

/** Where the program of a version is kept once it was fetched. */
const keptProgram = ({ name, version, command }: ProgramSource): string =>
  resolve(cacheFolder(), `${name}-${version}`, command);

/** Why there is no program and none can be fetched, with the way out; undefined where there is one or it is worth trying. */
async function whyMissing(source: ProgramSource): Promise<string | undefined> {
  if ((process.env[variableOf(source)] ?? '') !== '') return undefined;
  if (await Bun.file(keptProgram(source)).exists()) return undefined;
  const reason = await source.lacks();
  return reason === undefined || (await onPath(source)) !== undefined ? undefined : reason;
}

/**
 * The program that the environment variable names; else the one that is kept; else one that is fetched and kept; else the one on
 * the PATH. It was run, and is what it is taken for. Its path is a whole one, since servers run in folders of their own.
 * @throws EngineMissingError where there is none and nothing to fetch it with
 * @throws EngineFetchError where fetching it failed
 * @throws EngineProgramError where the one that was named is not there, does not run, or is something else
 */
async function findProgram(source: ProgramSource, options: ProgramOptions): Promise<EngineProgram> {
  const named = process.env[variableOf(source)] ?? '';
  if (named !== '') return await checkNamed(source, named);
  const kept = keptProgram(source);
  const check = async (): Promise<EngineProgram> => await checkProgram(source, kept, `${kept}, which was kept,`);
  if (await Bun.file(kept).exists()) return await check();
  if (source.prefersPath) {
    const program = await onPath(source);
    if (program !== undefined) return program;
  }
  try {
    const lacking = await source.lacks();
    if (lacking !== undefined) throw new EngineMissingError(source, lacking);
    await fetchAndKeep(source, kept, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const program = await onPath(source);
    if (program === undefined || !(error instanceof EngineMissingError || error instanceof EngineFetchError))
      throw error;
    options.report?.(`Taking ${program.path}: ${error.message.split('\n')[0]}`);
    return program;
  }
  return await check();
}

/**
 * Whatever comes of it, the cache folder has the program afterwards or nothing new. Two at once do no harm: each works in a folder
 * of its own, in the same file system, and moves a whole file into place.
 * @throws EngineFetchError
 */
async function fetchAndKeep(source: ProgramSource, kept: string, { report, signal }: ProgramOptions): Promise<void> {
  const folder = dirname(kept);
  await mkdir(dirname(folder), { recursive: true });
  const scratch = await mkdtemp(`${folder}.`);
  const begin = performance.now();
  report?.(`${source.fetching}, once; it is kept in ${cacheFolder()}`);
  const tell = (): void => report?.(`  ${Math.round((performance.now() - begin) / 1000)} s so far`);
  const progress = setInterval(tell, 10_000);
  try {
    const fetched = join(scratch, source.command);
    await source.fetch(source, fetched, signal);
    await mkdir(folder, { recursive: true });
    await rename(fetched, kept);
  } finally {
    clearInterval(progress);
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws EngineProgramError */
async function checkNamed(source: ProgramSource, named: string): Promise<EngineProgram> {
  const path = named.includes('/') ? named : Bun.which(named);
  if (path === null) throw new EngineProgramError(`${variableOf(source)} names ${named}, which is not on the PATH.`);
  return await checkProgram(source, resolve(path), `${variableOf(source)} names ${resolve(path)}, which`);
}

/** The program on the PATH, if it runs and is one that was asked for. */
async function onPath(source: ProgramSource): Promise<EngineProgram | undefined> {
  const path = Bun.which(source.command);
  if (path === null) return undefined;
  try {
    return await checkProgram(source, resolve(path), `${path}, which is on the PATH,`);
  } catch (error) {
    if (error instanceof EngineProgramError) return undefined;
    throw error;
  }
}

/** @throws EngineProgramError, which says of what `subject` tells */
async function checkProgram(source: ProgramSource, path: string, subject: string): Promise<EngineProgram> {
  const { title, version, asked } = source;
  const why = await whyNoProgram(path);
  if (why !== undefined) throw new EngineProgramError(`${subject} ${why}.`);
  const { exitCode, stdout, stderr } = await Bun.$`${path} version`.nothrow().quiet();
  if (exitCode !== 0) {
    const said = stderr.toString().trim().split('\n').at(-1) ?? '';
    throw new EngineProgramError(
      `${subject} does not run: \`version\` ended with ${exitCode}${said && `, saying: ${said}`}`,
    );
  }
  return { path, version: versionSaid(stdout.toString(), { title, version, asked }, subject) };
}

/** What a path lacks to be tried; undefined where it lacks nothing. */
async function whyNoProgram(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'is not there';
  if (!found.isFile()) return 'is no file';
  return await access(path, constants.X_OK).then(
    () => undefined,
    () => 'is not executable',
  );
}

/**
 * What an engine's `version` command said, checked.
 * @throws EngineProgramError where it is another engine, or another version than was asked for
 */
export function versionSaid(
  said: string,
  { title, version, asked }: Pick<ProgramSource, 'title' | 'version' | 'asked'>,
  subject: string,
): string {
  const [, product, found] = /^(\w+) v(\d+\.\d+\.\d+)/.exec(said) ?? [];
  if (product === undefined || found === undefined) throw new EngineProgramError(`${subject} is no ${title}.`);
  if (product === title && (!asked || found === version)) return found;
  throw new EngineProgramError(
    `${subject} is ${product} ${found} and not ${title}${asked ? ` ${version}, which ENGINES names` : ''}.`,
  );
}
