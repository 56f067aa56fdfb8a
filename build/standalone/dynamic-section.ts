import { type ElfFile, offsetOfAddress, onlySegment, PT_DYNAMIC, readElfFile, textAt } from './elf-file.ts';
import { defineRecord } from './record.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

// The table in which a program or library tells the loader what it needs: tags and values, ended by DT_NULL. Names are
// those of elf(5).

const dynamicEntry = defineRecord({ d_tag: 8, d_val: 8 });

const DT_NULL = 0;
/** The name of a library that is needed, as an offset into the string table. */
export const DT_NEEDED = 1;
/** The address of the string table. */
export const DT_STRTAB = 5;
/** The size of the string table in bytes. */
export const DT_STRSZ = 10;
/** A library's own name. */
export const DT_SONAME = 14;
/** Folders to look for libraries in (the old way). */
export const DT_RPATH = 15;
/** Folders to look for libraries in. */
export const DT_RUNPATH = 29;
/** The address of the table of versions that this file defines. */
export const DT_VERDEF = 0x6ffffffc;
/** How many entries that table has. */
export const DT_VERDEFNUM = 0x6ffffffd;
/** The address of the table of versions that this file needs of others. */
export const DT_VERNEED = 0x6ffffffe;
/** How many entries that table has: one for each library. */
export const DT_VERNEEDNUM = 0x6fffffff;

/** One entry of the table. */
export interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
  /** Where the entry stands in the file. */
  readonly offset: number;
}

/** A file with the table, and the string table that it names. */
export interface DynamicFile extends ElfFile {
  readonly entries: readonly DynamicEntry[];
  /** Offset in the file, and size, of the string table. */
  readonly strings: { readonly offset: number; readonly size: number };
}

/** Reads a file. @throws UnexpectedFileError where readElfFile does, or there is no such table */
export function readDynamicFile(file: string, bytes: Uint8Array): DynamicFile {
  const elf = readElfFile(file, bytes);
  const segment = onlySegment(elf, PT_DYNAMIC, 'PT_DYNAMIC');
  const entries: DynamicEntry[] = [];
  for (let at = 0; at < segment.p_filesz; at += dynamicEntry.size) {
    const offset = segment.p_offset + at;
    const { d_tag, d_val } = dynamicEntry.read(bytes, offset);
    if (d_tag === DT_NULL) break;
    entries.push({ tag: d_tag, value: d_val, offset });
  }
  const only = (tag: number, name: string): number => {
    const [value, ...more] = valuesOf({ entries }, tag);
    if (value === undefined || more.length > 0)
      throw new UnexpectedFileError(file, `does not have exactly one ${name}`);
    return value;
  };
  const size = only(DT_STRSZ, 'DT_STRSZ');
  const offset = offsetOfAddress(elf, only(DT_STRTAB, 'DT_STRTAB'), size);
  if (offset === undefined) throw new UnexpectedFileError(file, 'has its string table outside its segments');
  return { ...elf, entries, strings: { offset, size } };
}

/** Overwrites an entry's value. */
export function writeDynamicValue(bytes: Uint8Array, entry: DynamicEntry, value: number): void {
  dynamicEntry.write(bytes, entry.offset, { d_val: value });
}

/** The values of all entries of a tag. */
export const valuesOf = ({ entries }: Pick<DynamicFile, 'entries'>, tag: number): readonly number[] =>
  entries.filter((entry) => entry.tag === tag).map(({ value }) => value);

/** The text at an offset into the string table. */
export const stringAt = ({ bytes, strings }: DynamicFile, offset: number): string =>
  textAt(bytes, strings.offset + offset);

/** The texts that all entries of a tag name. */
export const namesOf = (elf: DynamicFile, tag: number): readonly string[] =>
  valuesOf(elf, tag).map((value) => stringAt(elf, value));
