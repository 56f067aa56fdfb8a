import { type BunProgram, libraryEntries } from './bun-program.ts';
import { DT_STRSZ, DT_STRTAB, writeDynamicValue } from './dynamic-section.ts';
import { Pieces } from './pieces.ts';
import { writeVersionNeedFile } from './symbol-versions.ts';

/** Where the kernel shows a process its own open files, by number. */
export const DESCRIPTOR_FOLDER = '/proc/self/fd/';

/** Digits of the largest number that an open file can have (2^31 - 1). */
const DESCRIPTOR_DIGITS = 10;

/** A string table in which the program's libraries are files that it has open. */
export interface LibraryNames {
  readonly table: Uint8Array;
  /** Where a library's path stands in the table. */
  offsetOf(library: string): number;
}

/**
 * The program's string table and, behind it, a path for each library. `/proc/self/fd/libc.so.6` is where the stub will
 * write `/proc/self/fd/` and the number that the file has got, so there is room for the largest one.
 */
export function libraryNames({ bytes, dynamic, libraryNames: names }: BunProgram): LibraryNames {
  const { offset, size } = dynamic.strings;
  const table = new Pieces();
  table.add(bytes.subarray(offset, offset + size));
  const offsets = new Map(
    names.map((name) => [name, table.addText(DESCRIPTOR_FOLDER + name.padEnd(DESCRIPTOR_DIGITS, '\0'))]),
  );
  return {
    table: table.bytes(),
    offsetOf(library) {
      const offset = offsets.get(library);
      if (offset === undefined) throw new Error(`${library} is not among the libraries (${names.join(', ')})`);
      return offset;
    },
  };
}

/**
 * Makes `bytes`, which are the program's, use the new table at `address`. The versions that the program needs name the
 * library by the same text, because that is how the loader finds them.
 */
export function renameLibraries(program: BunProgram, bytes: Uint8Array, names: LibraryNames, address: number): void {
  for (const entry of program.dynamic.entries) {
    if (entry.tag === DT_STRTAB) writeDynamicValue(bytes, entry, address);
    if (entry.tag === DT_STRSZ) writeDynamicValue(bytes, entry, names.table.length);
  }
  for (const [name, entry] of libraryEntries(program)) writeDynamicValue(bytes, entry, names.offsetOf(name));
  for (const need of program.versionNeeds) {
    // The loader keeps its name: it is there before anything is looked for.
    if (program.libraryNames.includes(need.library)) writeVersionNeedFile(bytes, need, names.offsetOf(need.library));
  }
}
