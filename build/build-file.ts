import { readFile, rename } from 'node:fs/promises';
import { type Bundle, bundle, pluginEntry } from './bundle.ts';
import type { Package } from './package.ts';
import { runProgram } from './run-program.ts';
import { sha256Of } from './sha256.ts';
import { OtherLibcError } from './standalone/bun-program.ts';
import { type Glibc, GlibcTooOldError, NoGlibcError } from './standalone/glibc.ts';
import { writeStandalone } from './standalone/standalone.ts';
import type { Target } from './targets.ts';

/** How a file is to be built. */
export interface BuildOptions {
  readonly plugin: Package;
  /** Its main file, from the repository's folder; this repository's plugin when left out. */
  readonly entry?: string;
  /** The machine it is for; this one when left out. */
  readonly target?: Target;
  /** False leaves the file as Bun makes it, which needs the C library of the machine that it runs on. */
  readonly standalone: boolean;
  /** Folders with the C library to put in; the build machine's own when there are none. */
  readonly libcFolders: readonly string[];
  readonly signal: AbortSignal;
}

/** A file that has been built, in a temporary place still. */
export interface BuiltFile extends Bundle {
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** The C library in it; the reason when there is none. */
  readonly libc: Glibc | { readonly none: string };
}

/** The file that was made does not answer as it should, so it was thrown away. */
export class BrokenFileError extends Error {
  override readonly name = 'BrokenFileError';

  constructor(expected: string, answer: string) {
    super(`The file that was made answers --version with ${JSON.stringify(answer)} in place of ${expected}.`);
  }
}

/** Builds the plugin in `folder` and, where this machine can, makes sure that it starts. */
export async function buildFile(folder: string, options: BuildOptions): Promise<BuiltFile> {
  const { plugin, entry = pluginEntry, target, signal } = options;
  const made = await bundle(plugin, folder, entry, target, signal);
  const libc = await embedLibc(made.file, options);
  if (isThisMachine(target)) await requireAnswer(made.file, plugin);
  const bytes = await readFile(made.file);
  return { ...made, size: bytes.length, sha256: sha256Of(bytes), libc };
}

async function embedLibc(file: string, options: BuildOptions): Promise<BuiltFile['libc']> {
  const { plugin, target, standalone, libcFolders } = options;
  const platform = target?.platform ?? process.platform;
  if (platform !== 'linux') return { none: `the C library is a part of ${platform}` };
  if (!standalone) return { none: 'asked for a file without it' };
  try {
    const glibc = await writeStandalone(file, `${file}.standalone`, libcFolders, plugin.name);
    await rename(`${file}.standalone`, file);
    return glibc;
  } catch (error) {
    // A machine without a glibc that will do still builds a file for itself. A release, or one that names its library, is not let off.
    const tolerable = [OtherLibcError, NoGlibcError, GlibcTooOldError].some((kind) => error instanceof kind);
    if (!tolerable || target !== undefined || libcFolders.length > 0) throw error;
    return { none: (error as Error).message };
  }
}

const isThisMachine = (target: Target | undefined): boolean =>
  target === undefined || (target.platform === process.platform && target.architecture === process.arch);

async function requireAnswer(file: string, { name, version }: Package): Promise<void> {
  const expected = `${name} v${version}\n`;
  const { code, stdout, stderr } = await runProgram([file, '--version'], { env: {}, timeout: 30_000 });
  if (stdout !== expected || code !== 0) throw new BrokenFileError(expected.trim(), `${stdout}${stderr} (${code})`);
}

/** What a build says about its file, which goes by `shown`: its size and checksum, and the C library in it with those of its files. */
export function describeFile(
  shown: string,
  { version }: Package,
  { size, sha256, libc }: BuiltFile,
): readonly string[] {
  const lines = [`${shown}  v${version}  ${(size / 1e6).toFixed(1)} MB`, `sha256  ${sha256}`];
  if ('none' in libc) return [...lines, `libc    none in it: ${libc.none}`];
  const files = [libc.loader, ...libc.libraries];
  return [
    ...lines,
    `libc    glibc ${libc.version} (${libc.build})`,
    ...files.map(({ name, bytes }) => `        ${sha256Of(bytes)}  ${name}`),
  ];
}
