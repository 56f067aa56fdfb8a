import {
  type DynamicFile,
  DT_VERDEF,
  DT_VERDEFNUM,
  DT_VERNEED,
  DT_VERNEEDNUM,
  stringAt,
  valuesOf,
} from './dynamic-section.ts';
import { offsetOfAddress } from './elf-file.ts';
import { defineRecord } from './record.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

// Which versions of which library's interface a file needs ("libc.so.6 must know GLIBC_2.17"), and which ones a library
// offers. Both are chains: every entry says how far away the next one is. Names are those of the LSB.

const versionNeed = defineRecord({ vn_version: 2, vn_cnt: 2, vn_file: 4, vn_aux: 4, vn_next: 4 });
const versionNeedName = defineRecord({ vna_hash: 4, vna_flags: 2, vna_other: 2, vna_name: 4, vna_next: 4 });
const versionDefinition = defineRecord({
  ...{ vd_version: 2, vd_flags: 2, vd_ndx: 2, vd_cnt: 2, vd_hash: 4, vd_aux: 4, vd_next: 4 },
});
const versionDefinitionName = defineRecord({ vda_name: 4, vda_next: 4 });

/** What a file needs of one library. */
export interface VersionNeed {
  readonly library: string;
  readonly versions: readonly string[];
  /** Where the entry stands in the file. */
  readonly offset: number;
}

/** The versions that a file needs, library by library. @throws UnexpectedFileError where they are not in its segments */
export function readVersionNeeds(elf: DynamicFile): readonly VersionNeed[] {
  const [first, count] = tableOf(elf, DT_VERNEED, DT_VERNEEDNUM);
  const need = (at: number) => ({ at, ...versionNeed.read(elf.bytes, at) });
  const name = (at: number) => versionNeedName.read(elf.bytes, at);
  return chain(first, count, need, ({ vn_next }) => vn_next).map(({ at, vn_cnt, vn_file, vn_aux }) => {
    const names = chain(at + vn_aux, vn_cnt, name, ({ vna_next }) => vna_next);
    return {
      library: stringAt(elf, vn_file),
      versions: names.map(({ vna_name }) => stringAt(elf, vna_name)),
      offset: at,
    };
  });
}

/** Overwrites the offset, in the string table, of the library's name. */
export function writeVersionNeedFile(bytes: Uint8Array, need: VersionNeed, nameOffset: number): void {
  versionNeed.write(bytes, need.offset, { vn_file: nameOffset });
}

/** The versions that a library offers. @throws UnexpectedFileError where they are not in its segments */
export function readVersionDefinitions(elf: DynamicFile): ReadonlySet<string> {
  const [first, count] = tableOf(elf, DT_VERDEF, DT_VERDEFNUM);
  const definition = (at: number) => ({ at, ...versionDefinition.read(elf.bytes, at) });
  const definitions = chain(first, count, definition, ({ vd_next }) => vd_next);
  // The names behind the first are those of what it came from.
  return new Set(
    definitions.map(({ at, vd_aux }) => stringAt(elf, versionDefinitionName.read(elf.bytes, at + vd_aux).vda_name)),
  );
}

/** Where a chain begins and how many links it has; no chain is one without links. */
function tableOf(elf: DynamicFile, addressTag: number, countTag: number): readonly [first: number, count: number] {
  const [address] = valuesOf(elf, addressTag);
  const [count] = valuesOf(elf, countTag);
  if (address === undefined || count === undefined) return [0, 0];
  const first = offsetOfAddress(elf, address, versionNeed.size);
  if (first === undefined) throw new UnexpectedFileError(elf.file, 'has its table of versions outside its segments');
  return [first, count];
}

/** The links of a chain, the first of which stands at `at`. */
function chain<Link>(
  at: number,
  count: number,
  read: (at: number) => Link,
  distance: (link: Link) => number,
): readonly Link[] {
  const links: Link[] = [];
  for (let place = at; links.length < count;) {
    const link = read(place);
    links.push(link);
    place += distance(link);
  }
  return links;
}
