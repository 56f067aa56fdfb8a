import { defineRecord, type RecordOf } from './record.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

// The first 64 bytes of an ELF file: what it is, and where its two tables of contents are. Names are those of elf(5).

const identification = defineRecord({ ei_magic: 4, ei_class: 1, ei_data: 1 });

const elfHeader = defineRecord({
  ei_magic: 4,
  ei_class: 1,
  ei_data: 1,
  ei_version: 1,
  ei_osabi: 1,
  ei_abiversion_and_padding: 4,
  ei_padding: 4,
  e_type: 2,
  e_machine: 2,
  e_version: 4,
  e_entry: 8,
  e_phoff: 8,
  e_shoff: 8,
  e_flags: 4,
  e_ehsize: 2,
  e_phentsize: 2,
  e_phnum: 2,
  e_shentsize: 2,
  e_shnum: 2,
  e_shstrndx: 2,
});

/** An ELF file's own header. */
export type ElfHeader = RecordOf<typeof elfHeader>;

/** "\x7fELF". */
const ELF_MAGIC = 0x464c457f;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;

/** `e_type` of a program at fixed addresses. */
export const ET_EXEC = 2;
/** `e_type` of a library, or of a program that can be anywhere. */
export const ET_DYN = 3;

/** `e_machine` of the processors that are served, which go by Bun's names. */
const machines = { x64: 62, arm64: 183 } as const;

/** A processor that is served. */
export type Architecture = keyof typeof machines;

/** All of them. */
export const architectures: readonly Architecture[] = ['x64', 'arm64'];

/** Reads the header; a file that is not 64-bit little-endian ELF is an UnexpectedFileError. */
export function readElfHeader(file: string, bytes: Uint8Array): ElfHeader {
  if (bytes.length < elfHeader.size) throw new UnexpectedFileError(file, 'is too short for an ELF file');
  // The other numbers of a file of another kind may be of any size.
  const { ei_magic, ei_class, ei_data } = identification.read(bytes, 0);
  if (ei_magic !== ELF_MAGIC) throw new UnexpectedFileError(file, 'is not an ELF file');
  if (ei_class !== ELFCLASS64 || ei_data !== ELFDATA2LSB) {
    throw new UnexpectedFileError(file, 'is not a 64-bit little-endian ELF file');
  }
  return elfHeader.read(bytes, 0);
}

/** Overwrites fields of the header. */
export function writeElfHeader(bytes: Uint8Array, values: Partial<ElfHeader>): void {
  elfHeader.write(bytes, 0, values);
}

/** The processor that a file is for. */
export function architectureOf(file: string, { e_machine }: ElfHeader): Architecture {
  for (const architecture of architectures) {
    if (machines[architecture] === e_machine) return architecture;
  }
  throw new UnexpectedFileError(file, `is for a processor that is not served (e_machine ${e_machine})`);
}
