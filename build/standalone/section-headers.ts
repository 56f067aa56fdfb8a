import type { ElfHeader } from './elf-header.ts';
import { defineRecord, type RecordOf } from './record.ts';
import { textAt } from './string-table.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

// The table of named sections, which linkers and debuggers go by and a running program does not need. Names are those
// of elf(5).

const sectionHeader = defineRecord({
  sh_name: 4,
  sh_type: 4,
  sh_flags: 8,
  sh_addr: 8,
  sh_offset: 8,
  sh_size: 8,
  sh_link: 4,
  sh_info: 4,
  sh_addralign: 8,
  sh_entsize: 8,
});

/** A section: a run of bytes with a name. */
export type SectionHeader = RecordOf<typeof sectionHeader>;

/** The section of a name; undefined when there is none. */
export function findSection(
  file: string,
  bytes: Uint8Array,
  header: ElfHeader,
  name: string,
): SectionHeader | undefined {
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
