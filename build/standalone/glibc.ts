import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { BunProgram } from './bun-program.ts';
import type { Architecture } from './elf-file.ts';
import { readSharedLibrary, type SharedLibrary } from './shared-library.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

/** The C library's files that a program needs. */
export interface Glibc {
  /** The release, as in `2.36`. */
  readonly version: string;
  /** Who built it, and their name for it, as in `Debian GLIBC 2.36-9+deb12u14`. */
  readonly build: string;
  readonly loader: SharedLibrary;
  readonly libraries: readonly SharedLibrary[];
}

/** The C library that a program needs is not here. */
export class NoGlibcError extends Error {
  override readonly name = 'NoGlibcError';

  constructor(architecture: Architecture, loaderPath: string, folders: readonly string[]) {
    super(`there is no glibc for ${architecture}: ${basename(loaderPath)} is not in ${folders.join(' or ')}`);
  }
}

/** The C library that a program would get is too old to be put into a file. */
export class GlibcTooOldError extends UnexpectedFileError {
  constructor(file: string, version: string) {
    super(file, `is glibc ${version}; name lookup is part of it since ${OLDEST.major}.${OLDEST.minor}`);
  }
}

/** Since this release name lookup is in libc.so.6 itself; before, it was in files that are looked for on the disk. */
const OLDEST = { major: 2, minor: 34 };

/** Where Debian's and Fedora's cross packages put a C library for another processor. */
const crossFolders: Readonly<Record<Architecture, readonly string[]>> = {
  x64: ['/usr/x86_64-linux-gnu/lib', '/usr/x86_64-linux-gnu/lib64'],
  arm64: ['/usr/aarch64-linux-gnu/lib', '/usr/aarch64-linux-gnu/lib64'],
};

/**
 * The C library for a program: the files in the first of `given` folders that has one for its processor, or those of this
 * machine when no folder is given.
 * Throws NoGlibcError when there is none, GlibcTooOldError, and UnexpectedFileError when it does not fit the program.
 */
export async function findGlibc(program: BunProgram, given: readonly string[]): Promise<Glibc> {
  const { architecture, loaderPath, libraryNames } = program;
  const loaderName = basename(loaderPath);
  const folders = given.length > 0 ? given : [dirname(loaderPath), ...crossFolders[architecture]];
  const found = folders.find((folder) => existsSync(join(folder, loaderName)));
  if (found === undefined) {
    throw new NoGlibcError(architecture, loaderPath, folders);
  }
  // The well-known path of the loader is a link to where the other files are.
  const home = dirname(await realpath(join(found, loaderName)));
  const read = async (name: string): Promise<SharedLibrary> => {
    const file = join(home, name);
    if (!existsSync(file)) throw new UnexpectedFileError(file, 'is missing beside the loader');
    return readSharedLibrary(name, file, await readFile(file));
  };
  const loader = await read(loaderName);
  const libraries = await Promise.all(libraryNames.map(read));
  requireFit(program, [loader, ...libraries]);
  return { ...identify(loader, libraries), loader, libraries };
}

/** Every library that is asked for is there, for the same processor, with every version that is asked of it. */
function requireFit(program: BunProgram, libraries: readonly SharedLibrary[]): void {
  const byName = new Map(libraries.map((library) => [library.name, library]));
  for (const { file, architecture, needed } of libraries) {
    if (architecture !== program.architecture) {
      throw new UnexpectedFileError(file, `is for ${architecture}, and ${program.file} for ${program.architecture}`);
    }
    const missing = needed.find((name) => !byName.has(name));
    if (missing) throw new UnexpectedFileError(file, `needs ${missing}, which the program does not name`);
  }
  for (const { file, versionNeeds } of [program, ...libraries]) {
    for (const { library, versions } of versionNeeds) {
      const missing = versions.find((version) => !byName.get(library)?.versions.has(version));
      if (missing) throw new UnexpectedFileError(file, `needs ${missing}, which this ${library} does not have`);
    }
  }
}

/** The C library says in a text of its own what it is, and its loader says so too. */
function identify(loader: SharedLibrary, libraries: readonly SharedLibrary[]): Pick<Glibc, 'version' | 'build'> {
  const libc = libraries.find(({ name }) => name === 'libc.so.6');
  if (libc === undefined) throw new UnexpectedFileError('The program', 'does not need libc.so.6');
  const text = Buffer.from(libc.bytes).toString('latin1');
  const [, build, version] = /GNU C Library \(([^\0\n]*?)\)[^\0\n]*? version (\d+\.\d+)/.exec(text) ?? [];
  if (build === undefined || version === undefined)
    throw new UnexpectedFileError(libc.file, 'does not say its version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== OLDEST.major || minor < OLDEST.minor) {
    throw new GlibcTooOldError(libc.file, version);
  }
  if (!Buffer.from(loader.bytes).includes(`ld.so (${build})`)) {
    throw new UnexpectedFileError(loader.file, `is not the loader of ${libc.file} (${build})`);
  }
  return { version, build };
}
