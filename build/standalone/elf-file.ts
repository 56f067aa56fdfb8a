import { defineRecord, type RecordOf } from './record.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

// An ELF file's header and its two tables of contents: segments, which the kernel and the loader go by, and sections, which linkers and
// debuggers go by. Names are those of elf(5).

const identification = defineRecord({ ei_magic: 4, ei_class: 1, ei_data: 1 });

const elfHeader = defineRecord({
  ...{ ei_magic: 4, ei_class: 1, ei_data: 1, ei_version: 1, ei_osabi: 1, ei_abiversion_and_padding: 4, ei_padding: 4 },
  ...{ e_type: 2, e_machine: 2, e_version: 4, e_entry: 8, e_phoff: 8, e_shoff: 8, e_flags: 4, e_ehsize: 2 },
  ...{ e_phentsize: 2, e_phnum: 2, e_shentsize: 2, e_shnum: 2, e_shstrndx: 2 },
});

const programHeader = defineRecord({
  ...{ p_type: 4, p_flags: 4, p_offset: 8, p_vaddr: 8, p_paddr: 8, p_filesz: 8, p_memsz: 8, p_align: 8 },
});

const sectionHeader = defineRecord({
  ...{ sh_name: 4, sh_type: 4, sh_flags: 8, sh_addr: 8, sh_offset: 8, sh_size: 8 },
  ...{ sh_link: 4, sh_info: 4, sh_addralign: 8, sh_entsize: 8 },
});

/** The first 64 bytes of an ELF file: what it is, and where its two tables are. */
export type ElfHeader = RecordOf<typeof elfHeader>;

/** A segment: a run of bytes with a purpose. */
export type ProgramHeader = RecordOf<typeof programHeader>;

/** A section: a run of bytes with a name. */
export type SectionHeader = RecordOf<typeof sectionHeader>;

/** Size of one entry of the table of segments in bytes. */
export const PROGRAM_HEADER_SIZE = programHeader.size;

/** "\x7fELF". */
const ELF_MAGIC = 0x464c457f;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;

/** `e_type` of a program at fixed addresses. */
export const ET_EXEC = 2;
/** `e_type` of a library, or of a program that can be anywhere. */
export const ET_DYN = 3;

/** `p_type`: bytes that the kernel puts at an address. */
export const PT_LOAD = 1;
/** `p_type`: the table of what the loader needs to know. */
export const PT_DYNAMIC = 2;
/** `p_type`: the path of the loader that the kernel is to start. */
export const PT_INTERP = 3;
/** `p_type`: the table of segments itself. */
export const PT_PHDR = 6;

/** `p_flags`: executable. */
export const PF_X = 1;
/** `p_flags`: writable. */
export const PF_W = 2;
/** `p_flags`: readable. */
export const PF_R = 4;

/** `e_machine` of the processors that are served, which go by Bun's names. */
const machines = { x64: 62, arm64: 183 } as const;

/** A processor that is served. */
export type Architecture = keyof typeof machines;

/** All of them. */
export const architectures: readonly Architecture[] = ['x64', 'arm64'];

/** A file, and what it is for the kernel. */
export interface ElfFile {
  /** Its name, as whoever reads an error knows it. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly header: ElfHeader;
  readonly architecture: Architecture;
  readonly segments: readonly ProgramHeader[];
  /** The segments that the kernel maps, in the order of their addresses as the format wants them. All of their bytes are there. */
  readonly loads: readonly ProgramHeader[];
}

/** Reads a file. @throws UnexpectedFileError where it is not 64-bit little-endian ELF for a processor that is served, and whole */
export function readElfFile(file: string, bytes: Uint8Array): ElfFile {
  if (bytes.length < elfHeader.size) throw new UnexpectedFileError(file, 'is too short for an ELF file');
  // The other numbers of a file of another kind may be of any size.
  const { ei_magic, ei_class, ei_data } = identification.read(bytes, 0);
  if (ei_magic !== ELF_MAGIC) throw new UnexpectedFileError(file, 'is not an ELF file');
  if (ei_class !== ELFCLASS64 || ei_data !== ELFDATA2LSB) {
    throw new UnexpectedFileError(file, 'is not a 64-bit little-endian ELF file');
  }
  const header = elfHeader.read(bytes, 0);
  const { e_machine, e_phoff, e_phnum, e_phentsize } = header;
  const architecture = architectures.find((each) => machines[each] === e_machine);
  if (architecture === undefined) {
    throw new UnexpectedFileError(file, `is for a processor that is not served (e_machine ${e_machine})`);
  }
  if (e_phentsize !== PROGRAM_HEADER_SIZE || e_phoff + e_phnum * e_phentsize > bytes.length) {
    throw new UnexpectedFileError(file, 'has a damaged table of segments');
  }
  const segments = Array.from({ length: e_phnum }, (_, index) =>
    programHeader.read(bytes, e_phoff + index * e_phentsize),
  );
  const loads = segments.filter(({ p_type }) => p_type === PT_LOAD);
  if (loads.some(({ p_offset, p_filesz }) => p_offset + p_filesz > bytes.length)) {
    throw new UnexpectedFileError(file, 'is cut off');
  }
  return { file, bytes, header, architecture, segments, loads };
}

/** Overwrites fields of the header. */
export function writeElfHeader(bytes: Uint8Array, values: Partial<ElfHeader>): void {
  elfHeader.write(bytes, 0, values);
}

/** The table of segments as it stands in a file. */
export function programHeaderBytes(headers: readonly ProgramHeader[]): Uint8Array {
  const table = new Uint8Array(headers.length * PROGRAM_HEADER_SIZE);
  headers.forEach((header, index) => programHeader.write(table, index * PROGRAM_HEADER_SIZE, header));
  return table;
}

/** The one segment of a type, which `name` names. @throws UnexpectedFileError where there is none, or more than one */
export function onlySegment({ file, segments }: ElfFile, type: number, name: string): ProgramHeader {
  const [found, ...more] = segments.filter(({ p_type }) => p_type === type);
  if (found === undefined) throw new UnexpectedFileError(file, `has no ${name} segment`);
  if (more.length > 0) throw new UnexpectedFileError(file, `has ${more.length + 1} ${name} segments`);
  return found;
}

/** The section of a name; undefined when there is none. @throws UnexpectedFileError where the table is damaged */
export function findSection({ file, bytes, header }: ElfFile, name: string): SectionHeader | undefined {
  const { e_shoff, e_shnum, e_shentsize, e_shstrndx } = header;
  if (e_shnum === 0) return undefined;
  if (e_shentsize !== sectionHeader.size || e_shoff + e_shnum * e_shentsize > bytes.length || e_shstrndx >= e_shnum) {
    throw new UnexpectedFileError(file, 'has a damaged table of sections');
  }
  const sections = Array.from({ length: e_shnum }, (_, index) =>
    sectionHeader.read(bytes, e_shoff + index * e_shentsize),
  );
  const names = sections[e_shstrndx]?.sh_offset ?? 0;
  return sections.find(({ sh_name }) => textAt(bytes, names + sh_name) === name);
}

/** Where the bytes at an address stand in the file; undefined where the file has none. */
export function offsetOfAddress({ loads }: ElfFile, address: number, size: number): number | undefined {
  const segment = loads.find(({ p_vaddr, p_filesz }) => address >= p_vaddr && address + size <= p_vaddr + p_filesz);
  return segment === undefined ? undefined : address - segment.p_vaddr + segment.p_offset;
}

const utf8 = new TextDecoder('utf-8');

/** The text that begins at an offset, and that a zero ends. */
export function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return utf8.decode(bytes.subarray(offset, end === -1 ? bytes.length : end));
}
