import { basename } from 'node:path';
import {
  type DynamicEntry,
  type DynamicSection,
  DT_NEEDED,
  DT_RPATH,
  DT_RUNPATH,
  namesOf,
  readDynamicSection,
  valuesOf,
} from './dynamic-section.ts';
import { type Architecture, architectureOf, type ElfHeader, ET_EXEC, readElfHeader } from './elf-header.ts';
import {
  loadSegments,
  onlySegment,
  PROGRAM_HEADER_SIZE,
  type ProgramHeader,
  PT_INTERP,
  PT_PHDR,
  readProgramHeaders,
} from './program-headers.ts';
import { findSection } from './section-headers.ts';
import { textAt } from './string-table.ts';
import { readVersionNeeds, type VersionNeed } from './symbol-versions.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

/** What `bun build --compile` makes for Linux, as far as the standalone step has to know it. */
export interface BunProgram {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly architecture: Architecture;
  readonly header: ElfHeader;
  readonly segments: readonly ProgramHeader[];
  /** The address at which the table of segments is in the running program. */
  readonly segmentTableAddress: number;
  readonly dynamic: DynamicSection;
  readonly versionNeeds: readonly VersionNeed[];
  /** The path of the loader that the kernel would start. */
  readonly loaderPath: string;
  /** The names of the libraries that the program wants besides the loader, in its order. */
  readonly libraryNames: readonly string[];
}

/**
 * The path of the loader that a program names. A loader of another name than glibc's is for another C library, and then
 * the program is none for {@link readBunProgram}.
 */
export function loaderPathOf(file: string, bytes: Uint8Array): string {
  const segments = readProgramHeaders(file, bytes, readElfHeader(file, bytes));
  return textAt(bytes, onlySegment(file, segments, PT_INTERP, 'PT_INTERP').p_offset);
}

/** Whether a path is that of glibc's loader. */
export const isGlibcLoader = (path: string): boolean => basename(path).startsWith('ld-linux-');

/**
 * Reads a program and makes sure of all that the standalone step relies on: fixed addresses, the bundled sources in a
 * segment that the kernel maps, one loader, libraries by plain names. Otherwise it throws an UnexpectedFileError.
 */
export function readBunProgram(file: string, bytes: Uint8Array): BunProgram {
  const header = readElfHeader(file, bytes);
  const architecture = architectureOf(file, header);
  if (header.e_type !== ET_EXEC) {
    throw new UnexpectedFileError(file, `is not a program at fixed addresses (its e_type is ${header.e_type})`);
  }
  const segments = readProgramHeaders(file, bytes, header);
  const loads = loadSegments(segments);
  requireBundleInMemory(file, bytes, header, loads);
  const table = onlySegment(file, segments, PT_PHDR, 'PT_PHDR');
  if (table.p_offset !== header.e_phoff || table.p_filesz !== header.e_phnum * PROGRAM_HEADER_SIZE) {
    throw new UnexpectedFileError(file, 'has a PT_PHDR that is not its table of segments');
  }
  const interpreter = onlySegment(file, segments, PT_INTERP, 'PT_INTERP');
  for (const [what, { p_offset, p_vaddr, p_filesz }] of Object.entries({ PT_PHDR: table, PT_INTERP: interpreter })) {
    if (!loads.some((load) => contains(load, p_vaddr, p_offset, p_filesz))) {
      throw new UnexpectedFileError(file, `has its ${what} outside the segments that are mapped`);
    }
  }
  const loaderPath = textAt(bytes, interpreter.p_offset);
  if (!isGlibcLoader(loaderPath)) throw new UnexpectedFileError(file, `is not made for glibc (${loaderPath})`);
  const dynamic = readDynamicSection(file, bytes, segments);
  if ([DT_RPATH, DT_RUNPATH].some((tag) => valuesOf(dynamic.entries, tag).length > 0)) {
    throw new UnexpectedFileError(file, 'looks for libraries in folders of its own');
  }
  const needed = namesOf(bytes, dynamic, DT_NEEDED);
  const libraryNames = needed.filter((name) => name !== basename(loaderPath));
  if (libraryNames.length === 0 || libraryNames.some((name) => name.includes('/'))) {
    throw new UnexpectedFileError(file, `does not name its libraries as expected (${needed.join(', ') || 'none'})`);
  }
  const versionNeeds = readVersionNeeds(file, bytes, segments, dynamic);
  if (versionNeeds.length === 0) {
    throw new UnexpectedFileError(file, 'does not say which versions of its libraries it needs');
  }
  const unknown = versionNeeds.find(({ library }) => !needed.includes(library));
  if (unknown) throw new UnexpectedFileError(file, `needs versions of ${unknown.library}, which it does not name`);
  const segmentTableAddress = table.p_vaddr;
  return {
    ...{ file, bytes, architecture, header, segments, segmentTableAddress },
    ...{ dynamic, versionNeeds, loaderPath, libraryNames },
  };
}

/** The entries that name the libraries, the loader left out. */
export function libraryEntries({ bytes, dynamic, libraryNames }: BunProgram): readonly [string, DynamicEntry][] {
  return dynamic.entries
    .filter(({ tag }) => tag === DT_NEEDED)
    .map((entry): [string, DynamicEntry] => [textAt(bytes, dynamic.strings.offset + entry.value), entry])
    .filter(([name]) => libraryNames.includes(name));
}

/**
 * Bun finds its bundle at an address. A Bun that looks for it at the end of its own file would not find it any more once
 * something is appended.
 */
function requireBundleInMemory(
  file: string,
  bytes: Uint8Array,
  header: ElfHeader,
  loads: readonly ProgramHeader[],
): void {
  const [first] = loads;
  if (first === undefined) throw new UnexpectedFileError(file, 'has no PT_LOAD segment');
  for (const { p_offset, p_filesz, p_memsz } of loads) {
    if (p_offset + p_filesz > bytes.length) throw new UnexpectedFileError(file, 'is cut off');
    if (p_memsz < p_filesz) throw new UnexpectedFileError(file, 'has a PT_LOAD segment that is larger than its memory');
  }
  const bundle = findSection(file, bytes, header, '.bun');
  if (bundle === undefined) throw new UnexpectedFileError(file, 'has no .bun section');
  if (!loads.some((load) => contains(load, bundle.sh_addr, bundle.sh_offset, bundle.sh_size))) {
    throw new UnexpectedFileError(file, 'has its .bun section outside the segments that are mapped');
  }
}

const contains = (load: ProgramHeader, address: number, offset: number, size: number): boolean =>
  address >= load.p_vaddr &&
  address + size <= load.p_vaddr + load.p_filesz &&
  address - load.p_vaddr === offset - load.p_offset;
