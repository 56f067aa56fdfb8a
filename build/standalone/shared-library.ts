import { type DynamicFile, DT_NEEDED, DT_SONAME, namesOf, readDynamicFile } from './dynamic-section.ts';
import { ET_DYN } from './elf-file.ts';
import { readVersionDefinitions, readVersionNeeds, type VersionNeed } from './symbol-versions.ts';
import { UnexpectedFileError } from './unexpected-file-error.ts';

/** A library (or the loader, which is one too), as far as the standalone step has to know it. */
export interface SharedLibrary extends DynamicFile {
  /** The name that others ask for it by. */
  readonly name: string;
  readonly needed: readonly string[];
  readonly versions: ReadonlySet<string>;
  readonly versionNeeds: readonly VersionNeed[];
}

/** Reads a library; one that goes by another name than `name` is an UnexpectedFileError. */
export function readSharedLibrary(name: string, file: string, bytes: Uint8Array): SharedLibrary {
  const library = readDynamicFile(file, bytes);
  if (library.header.e_type !== ET_DYN) throw new UnexpectedFileError(file, 'is not a shared library');
  const [soname] = namesOf(library, DT_SONAME);
  if (soname !== name) throw new UnexpectedFileError(file, `calls itself ${soname ?? 'nothing'}, not ${name}`);
  return {
    ...library,
    name,
    needed: namesOf(library, DT_NEEDED),
    versions: readVersionDefinitions(library),
    versionNeeds: readVersionNeeds(library),
  };
}
