import { join } from 'node:path';
import { valid } from 'semver';
import { versionOfSources } from './source-version.ts';

/** What is built. */
export interface Package {
  readonly name: string;
  /** Semantic, without a v. */
  readonly version: string;
}

/**
 * What a build for this machine is called in dist/. One without the C library has a name of its own: what is tested, put into an image or
 * registered under the plugin's name has it.
 */
export const fileName = ({ name }: Package, standalone: boolean): string => (standalone ? name : `${name}-dynamic`);

/** PLUGIN_VERSION is no version. */
export class VersionError extends Error {
  override readonly name = 'VersionError';

  constructor(given: string) {
    super(
      `PLUGIN_VERSION is ${JSON.stringify(given)}; it takes a semantic version without a v and without build metadata, such as 1.2.3 or 1.2.3-rc.1.`,
    );
  }
}

/**
 * The name in the package.json of a folder, and the version to build under: PLUGIN_VERSION, or else that of
 * the sources, the one in package.json being the first.
 *
 * @throws VersionError
 */
export async function readPackage(folder: string, given = process.env['PLUGIN_VERSION'] ?? ''): Promise<Package> {
  const { name, version } = (await Bun.file(join(folder, 'package.json')).json()) as Package;
  if (given === '') return { name, version: await versionOfSources(folder, version) };
  // `valid` drops build metadata, so a version with it is refused: engines take two that differ in it alone for the same.
  if (valid(given) !== given) throw new VersionError(given);
  return { name, version: given };
}
