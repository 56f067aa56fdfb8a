import { basename } from 'node:path';
import { type DynamicFile, DT_NEEDED, DT_RPATH, DT_RUNPATH, namesOf, readDynamicFile } from './dynamic-section.ts';
import {
  type ElfFile,
  ET_EXEC,
  findSection,
  onlySegment,
  PROGRAM_HEADER_SIZE,
  type ProgramHeader,
  PT_INTERP,
  PT_PHDR,
  readElfFile,
  textAt,
} from './elf-file.ts';
import { readVersionNeeds, type VersionNeed } from './symbol-versions.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

/** What `bun build --compile` makes for Linux, as far as the standalone step has to know it. */
export interface BunProgram extends DynamicFile {
  /** The address at which the table of segments is in the running program. */
  readonly segmentTableAddress: number;
  readonly versionNeeds: readonly VersionNeed[];
  /** The path of the loader that the kernel would start. */
  readonly loaderPath: string;
  /** The names of the libraries that the program wants besides the loader, in its order. */
  readonly libraryNames: readonly string[];
}

/** A program is made for another C library than glibc. */
export class OtherLibcError extends UnexpectedFileError {
  constructor(file: string, loaderPath: string) {
    super(file, `is not made for glibc (${loaderPath})`);
  }
}

/**
 * Reads a program and makes sure of all that the standalone step relies on: fixed addresses, the bundled sources in a
 * segment that the kernel maps, one loader, libraries by plain names.
 * @throws OtherLibcError, UnexpectedFileError
 */
export function readBunProgram(file: string, bytes: Uint8Array): BunProgram {
  const unexpected = (fact: string): UnexpectedFileError => new UnexpectedFileError(file, fact);
  const elf = readElfFile(file, bytes);
  const interpreter = onlySegment(elf, PT_INTERP, 'PT_INTERP');
  const loaderPath = textAt(bytes, interpreter.p_offset);
  if (!basename(loaderPath).startsWith('ld-linux-')) throw new OtherLibcError(file, loaderPath);
  const { header } = elf;
  if (header.e_type !== ET_EXEC) {
    throw unexpected(`is not a program at fixed addresses (its e_type is ${header.e_type})`);
  }
  requireBundleInMemory(elf);
  const table = onlySegment(elf, PT_PHDR, 'PT_PHDR');
  if (table.p_offset !== header.e_phoff || table.p_filesz !== header.e_phnum * PROGRAM_HEADER_SIZE) {
    throw unexpected('has a PT_PHDR that is not its table of segments');
  }
  for (const [what, { p_offset, p_vaddr, p_filesz }] of Object.entries({ PT_PHDR: table, PT_INTERP: interpreter })) {
    if (!isInMemory(elf, p_vaddr, p_offset, p_filesz)) {
      throw unexpected(`has its ${what} outside the segments that are mapped`);
    }
  }
  const program = readDynamicFile(file, bytes);
  if ([DT_RPATH, DT_RUNPATH].some((tag) => namesOf(program, tag).length > 0)) {
    throw unexpected('looks for libraries in folders of its own');
  }
  const needed = namesOf(program, DT_NEEDED);
  const libraryNames = needed.filter((name) => name !== basename(loaderPath));
  if (libraryNames.length === 0 || libraryNames.some((name) => name.includes('/'))) {
    throw unexpected(`does not name its libraries as expected (${needed.join(', ') || 'none'})`);
  }
  const versionNeeds = readVersionNeeds(program);
  if (versionNeeds.length === 0) throw unexpected('does not say which versions of its libraries it needs');
  const unknown = versionNeeds.find(({ library }) => !needed.includes(library));
  if (unknown) throw unexpected(`needs versions of ${unknown.library}, which it does not name`);
  return { ...program, segmentTableAddress: table.p_vaddr, versionNeeds, loaderPath, libraryNames };
}

/**
 * Bun finds its bundle at an address. A Bun that looks for it at the end of its own file would not find it any more once
 * something is appended.
 */
function requireBundleInMemory(elf: ElfFile): void {
  const { file, loads } = elf;
  if (loads.length === 0) throw new UnexpectedFileError(file, 'has no PT_LOAD segment');
  if (loads.some(({ p_filesz, p_memsz }) => p_memsz < p_filesz)) {
    throw new UnexpectedFileError(file, 'has a PT_LOAD segment that is larger than its memory');
  }
  const bundle = findSection(elf, '.bun');
  if (bundle === undefined) throw new UnexpectedFileError(file, 'has no .bun section');
  if (!isInMemory(elf, bundle.sh_addr, bundle.sh_offset, bundle.sh_size)) {
    throw new UnexpectedFileError(file, 'has its .bun section outside the segments that are mapped');
  }
}

/** Whether the kernel maps so many bytes of the file to an address. */
function isInMemory({ loads }: ElfFile, address: number, offset: number, size: number): boolean {
  const contains = ({ p_vaddr, p_offset, p_filesz }: ProgramHeader): boolean =>
    address >= p_vaddr && address + size <= p_vaddr + p_filesz && address - p_vaddr === offset - p_offset;
  return loads.some(contains);
}
