import type { BunProgram } from './bun-program.ts';
import { DT_NEEDED, DT_STRSZ, DT_STRTAB, stringAt, writeDynamicValue } from './dynamic-section.ts';
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
  readonly offsets: ReadonlyMap<string, number>;
}

/**
 * The program's string table and, behind it, a path for each library. `/proc/self/fd/libc.so.6` is where the stub will
 * write `/proc/self/fd/` and the number that the file has got, so there is room for the largest one.
 */
export function libraryNames({ bytes, strings, libraryNames: names }: BunProgram): LibraryNames {
  const table = new Pieces();
  table.add(bytes.subarray(strings.offset, strings.offset + strings.size));
  const offsets = new Map(
    names.map((name) => [name, table.addText(DESCRIPTOR_FOLDER + name.padEnd(DESCRIPTOR_DIGITS, '\0'))]),
  );
  return { table: table.bytes(), offsets };
}

/**
 * Makes `bytes`, which are the program's, use the new table at `address`. The versions that the program needs name the
 * library by the same text, because that is how the loader finds them.
 */
export function renameLibraries(
  program: BunProgram,
  bytes: Uint8Array,
  { table, offsets }: LibraryNames,
  address: number,
): void {
  // The loader keeps its name: it is there before anything is looked for.
  for (const entry of program.entries) {
    const name = entry.tag === DT_NEEDED ? offsets.get(stringAt(program, entry.value)) : undefined;
    if (name !== undefined) writeDynamicValue(bytes, entry, name);
    if (entry.tag === DT_STRTAB) writeDynamicValue(bytes, entry, address);
    if (entry.tag === DT_STRSZ) writeDynamicValue(bytes, entry, table.length);
  }
  for (const need of program.versionNeeds) {
    const name = offsets.get(need.library);
    if (name !== undefined) writeVersionNeedFile(bytes, need, name);
  }
}
