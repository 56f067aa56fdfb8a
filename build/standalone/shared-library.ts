import { DT_NEEDED, DT_SONAME, namesOf, readDynamicSection } from './dynamic-section.ts';
import { type Architecture, architectureOf, ET_DYN, readElfHeader } from './elf-header.ts';
import { loadSegments, type ProgramHeader, readProgramHeaders } from './program-headers.ts';
import { readVersionDefinitions, readVersionNeeds, type VersionNeed } from './symbol-versions.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

/** A library (or the loader, which is one too), as far as the standalone step has to know it. */
export interface SharedLibrary {
  /** The name that others ask for it by. */
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly architecture: Architecture;
  /** Where it begins to run, as a distance from its first byte; of use in the loader alone. */
  readonly entry: number;
  readonly loads: readonly ProgramHeader[];
  readonly needed: readonly string[];
  readonly versions: ReadonlySet<string>;
  readonly versionNeeds: readonly VersionNeed[];
}

/** Reads a library; one that goes by another name than `name` is an UnexpectedFileError. */
export function readSharedLibrary(name: string, file: string, bytes: Uint8Array): SharedLibrary {
  const header = readElfHeader(file, bytes);
  if (header.e_type !== ET_DYN) throw new UnexpectedFileError(file, 'is not a shared library');
  const segments = readProgramHeaders(file, bytes, header);
  const loads = loadSegments(segments);
  if (loads.some(({ p_offset, p_filesz }) => p_offset + p_filesz > bytes.length)) {
    throw new UnexpectedFileError(file, 'is cut off');
  }
  const dynamic = readDynamicSection(file, bytes, segments);
  const [soname] = namesOf(bytes, dynamic, DT_SONAME);
  if (soname !== name) throw new UnexpectedFileError(file, `calls itself ${soname ?? 'nothing'}, not ${name}`);
  return {
    ...{ name, file, bytes },
    architecture: architectureOf(file, header),
    entry: header.e_entry,
    loads,
    needed: namesOf(bytes, dynamic, DT_NEEDED),
    versions: readVersionDefinitions(file, bytes, segments, dynamic),
    versionNeeds: readVersionNeeds(file, bytes, segments, dynamic),
  };
}
