import { dirname, join } from 'node:path';
import type { BuiltFile } from './build-file.ts';
import { root } from './dist.ts';
import type { Package } from './package.ts';
import { sha256Of } from './sha256.ts';
import type { Glibc } from './standalone/glibc.ts';

// The bill of materials of one file in CycloneDX's JSON. It has no date and no serial number, so that the same file has
// the same bill.

interface Component {
  readonly type: 'application' | 'library' | 'platform' | 'file';
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly hashes?: readonly { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
  readonly purl?: string;
  readonly cpe?: string;
  readonly components?: readonly Component[];
}

interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** The bill of materials of a built file: the npm packages whose sources are in it, Bun, and the C library. */
export async function makeSbom({ name, version }: Package, file: string, built: BuiltFile): Promise<string> {
  const sbom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        name: file,
        version,
        hashes: [{ alg: 'SHA-256', content: built.sha256 }],
        licenses: [{ expression: 'MPL-2.0' }],
        purl: `pkg:generic/${name}@${version}`,
      } satisfies Component,
    },
    components: [
      bunComponent,
      ...('none' in built.libc ? [] : [glibcComponent(built.libc)]),
      ...(await npmComponents(built.inputs)),
    ],
  };
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}

const bunComponent: Component = {
  type: 'platform',
  name: 'bun',
  version: Bun.version,
  description: `Bun's runtime, revision ${Bun.revision}`,
  // Its engine, JavaScriptCore, is under the LGPL.
  licenses: [{ expression: 'MIT AND LGPL-2.1-or-later' }],
  purl: `pkg:npm/bun@${Bun.version}`,
  cpe: `cpe:2.3:a:bun:bun:${Bun.version}:*:*:*:*:*:*:*`,
};

/** Debian names the very package, by which a scanner knows what has been mended in it. */
function glibcPurl(version: string, build: string): string {
  const [, debianVersion] = /^Debian GLIBC (\S+)$/.exec(build) ?? [];
  return debianVersion === undefined
    ? `pkg:generic/glibc@${version}`
    : `pkg:deb/debian/glibc@${encodeURIComponent(debianVersion)}`;
}

const glibcComponent = ({ version, build, loader, libraries }: Glibc): Component => ({
  type: 'library',
  name: 'glibc',
  version,
  description: `GNU C Library, ${build}`,
  licenses: [{ expression: 'LGPL-2.1-or-later' }],
  purl: glibcPurl(version, build),
  cpe: `cpe:2.3:a:gnu:glibc:${version}:*:*:*:*:*:*:*`,
  components: [loader, ...libraries].map(({ name, bytes }) => ({
    type: 'file',
    name,
    hashes: [{ alg: 'SHA-256', content: sha256Of(bytes) }],
  })),
});

async function npmComponents(inputs: readonly string[]): Promise<readonly Component[]> {
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  const integrity = await readIntegrity();
  const packages = await Promise.all(
    [...folders].map(async (folder) => (await Bun.file(join(root, folder, 'package.json')).json()) as NpmPackage),
  );
  const components = packages.map(({ name, version, license }): Component => {
    const sha512 = integrity.get(`${name}@${version}`);
    return {
      type: 'library',
      name,
      version,
      ...(sha512 === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
      ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
      purl: `pkg:npm/${name.replace(/^@/, '%40')}@${version}`,
    };
  });
  const byPurl = new Map(components.map((component) => [component.purl ?? '', component]));
  return [...byPurl.keys()].toSorted().flatMap((purl) => byPurl.get(purl) ?? []);
}

/** The folder of the package that a source file is part of; undefined for our own. */
function packageFolder(input: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(dirname(input))?.[0];
}

/** The checksums that bun.lock has, in hexadecimal digits, by name and version. */
async function readIntegrity(): Promise<ReadonlyMap<string, string>> {
  const lock = Bun.JSONC.parse(await Bun.file(join(root, 'bun.lock')).text()) as {
    readonly packages: Readonly<Record<string, readonly unknown[]>>;
  };
  const entries = Object.values(lock.packages).map((entry): readonly [string, string] => {
    const checksum = entry.find((part) => typeof part === 'string' && part.startsWith('sha512-'));
    return [String(entry[0]), Buffer.from(String(checksum).slice('sha512-'.length), 'base64').toString('hex')];
  });
  return new Map(entries);
}
