import {
  type DynamicSection,
  DT_VERDEF,
  DT_VERDEFNUM,
  DT_VERNEED,
  DT_VERNEEDNUM,
  valuesOf,
} from './dynamic-section.ts';
import { offsetOfAddress, type ProgramHeader } from './program-headers.ts';
import { defineRecord } from './record.ts';
import { textAt } from './string-table.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

// Which versions of which library's interface a file needs ("libc.so.6 must know GLIBC_2.17"), and which ones a library
// offers. Both are chains: every entry says how far away the next one is. Names are those of the LSB.

const versionNeed = defineRecord({ vn_version: 2, vn_cnt: 2, vn_file: 4, vn_aux: 4, vn_next: 4 });
const versionNeedName = defineRecord({ vna_hash: 4, vna_flags: 2, vna_other: 2, vna_name: 4, vna_next: 4 });
const versionDefinition = defineRecord({
  vd_version: 2,
  vd_flags: 2,
  vd_ndx: 2,
  vd_cnt: 2,
  vd_hash: 4,
  vd_aux: 4,
  vd_next: 4,
});
const versionDefinitionName = defineRecord({ vda_name: 4, vda_next: 4 });

/** What a file needs of one library. */
export interface VersionNeed {
  readonly library: string;
  readonly versions: readonly string[];
  /** Where the entry stands in the file. */
  readonly offset: number;
}

/** The versions that a file needs, library by library. */
export function readVersionNeeds(
  file: string,
  bytes: Uint8Array,
  headers: readonly ProgramHeader[],
  dynamic: DynamicSection,
): readonly VersionNeed[] {
  const { at: first, count } = chain(file, headers, dynamic, DT_VERNEED, DT_VERNEEDNUM);
  const needs: VersionNeed[] = [];
  for (let at = first, index = 0; index < count; index++) {
    const { vn_cnt, vn_file, vn_aux, vn_next } = versionNeed.read(bytes, at);
    const versions: string[] = [];
    for (let nameAt = at + vn_aux, name = 0; name < vn_cnt; name++) {
      const { vna_name, vna_next } = versionNeedName.read(bytes, nameAt);
      versions.push(textAt(bytes, dynamic.strings.offset + vna_name));
      nameAt += vna_next;
    }
    needs.push({ library: textAt(bytes, dynamic.strings.offset + vn_file), versions, offset: at });
    at += vn_next;
  }
  return needs;
}

/** Overwrites the offset, in the string table, of the library's name. */
export function writeVersionNeedFile(bytes: Uint8Array, need: VersionNeed, nameOffset: number): void {
  versionNeed.write(bytes, need.offset, { vn_file: nameOffset });
}

/** The versions that a library offers. */
export function readVersionDefinitions(
  file: string,
  bytes: Uint8Array,
  headers: readonly ProgramHeader[],
  dynamic: DynamicSection,
): ReadonlySet<string> {
  const { at: first, count } = chain(file, headers, dynamic, DT_VERDEF, DT_VERDEFNUM);
  const versions = new Set<string>();
  for (let at = first, index = 0; index < count; index++) {
    const { vd_aux, vd_next } = versionDefinition.read(bytes, at);
    versions.add(textAt(bytes, dynamic.strings.offset + versionDefinitionName.read(bytes, at + vd_aux).vda_name));
    at += vd_next;
  }
  return versions;
}

/** Where a chain begins and how many links it has; no chain is one without links. */
function chain(
  file: string,
  headers: readonly ProgramHeader[],
  { entries }: DynamicSection,
  addressTag: number,
  countTag: number,
): { readonly at: number; readonly count: number } {
  const [address] = valuesOf(entries, addressTag);
  const [count] = valuesOf(entries, countTag);
  if (address === undefined || count === undefined) return { at: 0, count: 0 };
  const at = offsetOfAddress(headers, address, versionNeed.size);
  if (at === undefined) throw new UnexpectedFileError(file, 'has its table of versions outside its segments');
  return { at, count };
}
