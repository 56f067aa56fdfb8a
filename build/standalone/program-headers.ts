import type { ElfHeader } from './elf-header.ts';
import { defineRecord, type RecordOf } from './record.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

// The table that the kernel and the loader go by: which bytes of the file are to be at which address. Names are those
// of elf(5).

const programHeader = defineRecord({
  p_type: 4,
  p_flags: 4,
  p_offset: 8,
  p_vaddr: 8,
  p_paddr: 8,
  p_filesz: 8,
  p_memsz: 8,
  p_align: 8,
});

/** A segment: a run of bytes with a purpose. */
export type ProgramHeader = RecordOf<typeof programHeader>;

/** Size of one entry of the table in bytes. */
export const PROGRAM_HEADER_SIZE = programHeader.size;

/** `p_type`: bytes that the kernel puts at an address. */
export const PT_LOAD = 1;
/** `p_type`: the table of what the loader needs to know. */
export const PT_DYNAMIC = 2;
/** `p_type`: the path of the loader that the kernel is to start. */
export const PT_INTERP = 3;
/** `p_type`: this table itself. */
export const PT_PHDR = 6;

/** `p_flags`: executable. */
export const PF_X = 1;
/** `p_flags`: writable. */
export const PF_W = 2;
/** `p_flags`: readable. */
export const PF_R = 4;

/** The segments of a file. */
export function readProgramHeaders(file: string, bytes: Uint8Array, header: ElfHeader): readonly ProgramHeader[] {
  const { e_phoff, e_phnum, e_phentsize } = header;
  if (e_phentsize !== PROGRAM_HEADER_SIZE || e_phoff + e_phnum * e_phentsize > bytes.length) {
    throw new UnexpectedFileError(file, 'has a damaged table of segments');
  }
  return Array.from({ length: e_phnum }, (_, index) => programHeader.read(bytes, e_phoff + index * e_phentsize));
}

/** The table as it stands in a file. */
export function programHeaderBytes(headers: readonly ProgramHeader[]): Uint8Array {
  const table = new Uint8Array(headers.length * PROGRAM_HEADER_SIZE);
  headers.forEach((header, index) => programHeader.write(table, index * PROGRAM_HEADER_SIZE, header));
  return table;
}

/** The one segment of a type; none, or more than one, is an UnexpectedFileError. */
export function onlySegment(
  file: string,
  headers: readonly ProgramHeader[],
  type: number,
  name: string,
): ProgramHeader {
  const [found, ...more] = headers.filter(({ p_type }) => p_type === type);
  if (found === undefined) throw new UnexpectedFileError(file, `has no ${name} segment`);
  if (more.length > 0) throw new UnexpectedFileError(file, `has ${more.length + 1} ${name} segments`);
  return found;
}

/** The segments that the kernel maps, in the order of their addresses as the format wants them. */
export const loadSegments = (headers: readonly ProgramHeader[]): readonly ProgramHeader[] =>
  headers.filter(({ p_type }) => p_type === PT_LOAD);

/** Where the bytes at an address stand in the file; undefined where the file has none. */
export function offsetOfAddress(headers: readonly ProgramHeader[], address: number, size: number): number | undefined {
  const segment = loadSegments(headers).find(
    ({ p_vaddr, p_filesz }) => address >= p_vaddr && address + size <= p_vaddr + p_filesz,
  );
  return segment === undefined ? undefined : address - segment.p_vaddr + segment.p_offset;
}
