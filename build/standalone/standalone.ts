import { chmod, readFile, writeFile } from 'node:fs/promises';
import { type BunProgram, readBunProgram } from './bun-program.ts';
import {
  PF_R,
  PF_W,
  PF_X,
  PROGRAM_HEADER_SIZE,
  type ProgramHeader,
  programHeaderBytes,
  PT_INTERP,
  PT_LOAD,
  PT_PHDR,
  writeElfHeader,
} from './elf-file.ts';
import { findGlibc, type Glibc } from './glibc.ts';
import { DESCRIPTOR_FOLDER, libraryNames, renameLibraries } from './library-names.ts';
import { alignUp, Pieces } from './pieces.ts';
import type { SharedLibrary } from './shared-library.ts';
import { readStub, startCode, STUB_ALIGNMENT } from './start-code.ts';

/**
 * Writes a program of Bun's with its C library in it to another file, and gives that library.
 *
 * @param libcFolders - Where to look for the library; this machine's own is taken when there are none.
 * @param name - What the program calls itself when it cannot start.
 * @throws UnexpectedFileError, NoGlibcError
 */
export async function writeStandalone(
  input: string,
  output: string,
  libcFolders: readonly string[],
  name: string,
): Promise<Glibc> {
  const program = readBunProgram(input, await readFile(input));
  const glibc = await findGlibc(program, libcFolders);
  await writeFile(output, makeStandalone(program, glibc, await readStub(program.architecture), name));
  await chmod(output, 0o755);
  return glibc;
}

/**
 * The program with its C library in it: a file that the kernel starts without an interpreter. README.md beside this file
 * explains it part by part.
 *
 * @param stub - The machine code that starts it, for the program's processor.
 * @param name - What the program calls itself when it cannot start.
 */
export function makeStandalone(program: BunProgram, glibc: Glibc, stub: Uint8Array, name: string): Uint8Array {
  const { loads } = program;
  const alignment = Math.max(STUB_ALIGNMENT, ...[...loads, ...glibc.loader.loads].map(({ p_align }) => p_align));
  // Sections that are not mapped, and the table of sections, are left out: it would no longer be true.
  const programEnd = Math.max(...loads.map(({ p_offset, p_filesz }) => p_offset + p_filesz));
  const highestAddress = Math.max(...loads.map(memoryEnd));
  // Not slice(): what readFile gives would be changed in place.
  const bytes = new Uint8Array(program.bytes.subarray(0, programEnd));

  // What is appended lies in memory as it lies in the file, so one distance leads from its addresses to its offsets.
  const appendedAt = alignUp(programEnd, alignment);
  const appendix = new Pieces(alignUp(highestAddress, alignment));
  const toOffset = appendedAt - appendix.end;
  const segments: ProgramHeader[] = [];
  const addSegment = (begin: number, end: number, flags: number): void => {
    segments.push(mapped(begin, begin + toOffset, end - begin, flags, alignment));
  };

  const names = libraryNames(program);
  const namesBegin = appendix.add(names.table);
  // Writable, since the stub completes the names.
  addSegment(namesBegin, appendix.end, PF_R | PF_W);
  renameLibraries(program, bytes, names, namesBegin);

  appendix.align(alignment);
  const loaderBegin = appendix.add(loaderImage(glibc.loader, alignment));
  for (const load of glibc.loader.loads) {
    addSegment(loaderBegin + load.p_vaddr, loaderBegin + memoryEnd(load), load.p_flags);
  }

  const librariesBegin = appendix.align(alignment);
  const libraries = glibc.libraries.map((library) => {
    const path = namesBegin + (names.offsets.get(library.name) ?? Number.NaN);
    return {
      name: library.name,
      content: appendix.add(library.bytes),
      contentSize: library.bytes.length,
      path,
      pathNumber: path + DESCRIPTOR_FOLDER.length,
    };
  });
  addSegment(librariesBegin, appendix.end, PF_R);
  const librariesEnd = appendix.align(alignment);

  const facts = {
    programHeaders: program.segmentTableAddress,
    programHeaderCount: program.header.e_phnum,
    programEntry: program.header.e_entry,
    loaderBase: loaderBegin,
    loaderEntry: loaderBegin + glibc.loader.header.e_entry,
    libraryPages: { begin: librariesBegin, size: librariesEnd - librariesBegin },
    libraries,
  };
  const entry = appendix.add(startCode(stub, appendix.end, name, facts));
  const tableBegin = appendix.align(ALIGNMENT_OF_TABLE);
  // The table's size is part of what it describes: its own segment and the one that it stands in are still to come.
  const others = program.segments.filter(({ p_type }) => p_type !== PT_INTERP && p_type !== PT_PHDR);
  const tableSize = (1 + others.length + segments.length + 1) * PROGRAM_HEADER_SIZE;
  addSegment(entry, tableBegin + tableSize, PF_R | PF_X);
  const table = [
    { ...mapped(tableBegin, tableBegin + toOffset, tableSize, PF_R, ALIGNMENT_OF_TABLE), p_type: PT_PHDR },
    ...others,
    ...segments,
  ];
  appendix.add(programHeaderBytes(table));

  writeElfHeader(bytes, {
    e_entry: entry,
    e_phoff: tableBegin + toOffset,
    e_phnum: table.length,
    ...{ e_shoff: 0, e_shnum: 0, e_shstrndx: 0 },
  });
  return Buffer.concat([bytes, new Uint8Array(appendedAt - programEnd), appendix.bytes()]);
}

const ALIGNMENT_OF_TABLE = 8;

const memoryEnd = ({ p_vaddr, p_memsz }: ProgramHeader): number => p_vaddr + p_memsz;

/**
 * The loader as it is to be in memory before its first instruction, from its address 0: as the kernel would lay it out. Memory that has no
 * bytes in the file (p_memsz beyond p_filesz) is zeros, also up to the end of the last page: the loader takes its first memory from there.
 */
function loaderImage({ bytes, loads }: SharedLibrary, alignment: number): Uint8Array {
  const image = new Uint8Array(alignUp(Math.max(...loads.map(memoryEnd)), alignment));
  for (const { p_vaddr, p_offset, p_filesz } of loads) {
    image.set(bytes.subarray(p_offset, p_offset + p_filesz), p_vaddr);
  }
  return image;
}

const mapped = (address: number, offset: number, size: number, flags: number, alignment: number): ProgramHeader => ({
  p_type: PT_LOAD,
  p_flags: flags,
  p_offset: offset,
  p_vaddr: address,
  p_paddr: address,
  p_filesz: size,
  p_memsz: size,
  p_align: alignment,
});
