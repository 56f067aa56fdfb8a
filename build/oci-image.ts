import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Package } from './package.ts';
import { sha256Of } from './sha256.ts';
import type { Target } from './targets.ts';

// An image of the plugin alone, as the OCI's image layout has it: https://github.com/opencontainers/image-spec. It has no dates, so that the
// same files give the same bytes.

/** A file to make an image of, and the machine that it is for. */
export interface ImageFile {
  readonly path: string;
  readonly architecture: Target['architecture'];
}

/** What a layout points to a blob with. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** As Go and so images call Bun's architectures. */
const goArchitecture = { x64: 'amd64', arm64: 'arm64' } as const satisfies Record<Target['architecture'], string>;

/**
 * Writes a layout into `folder`: an index of one image for each file, in whose root is nothing but that file, executable, under the
 * plugin's name. Its tag is the version with a v, which is what OpenBao asks a registry for. Gives the digest of the index.
 */
export async function writeOciImage(folder: string, plugin: Package, files: readonly ImageFile[]): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  const add = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const sum = sha256Of(bytes);
    await writeFile(join(folder, 'blobs/sha256', sum), bytes);
    return { mediaType, digest: `sha256:${sum}`, size: bytes.length };
  };
  const addJson = async (mediaType: string, value: object): Promise<Descriptor> =>
    await add(mediaType, Buffer.from(JSON.stringify(value)));
  const labels = {
    'org.opencontainers.image.title': plugin.name,
    'org.opencontainers.image.version': plugin.version,
    'org.opencontainers.image.licenses': 'MPL-2.0',
  };
  const manifests = [];
  for (const { path, architecture } of files) {
    const tar = tarOf(plugin.name, await Bun.file(path).bytes());
    const platform = { architecture: goArchitecture[architecture], os: 'linux' };
    const layer = await add(types.layer, Bun.gzipSync(tar, { level: 6 }));
    const config = await addJson(types.config, {
      ...platform,
      config: { Entrypoint: [`/${plugin.name}`], Labels: labels },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256Of(tar)}`] },
    });
    const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer], annotations: labels };
    manifests.push({ ...(await addJson(types.manifest, manifest)), platform });
  }
  const content = { schemaVersion: 2, mediaType: types.index, manifests, annotations: labels };
  const index = await addJson(types.index, content);
  const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': `v${plugin.version}` } };
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [named] }),
  );
  return index.digest;
}

const blockSize = 512;

/** A tar archive (POSIX's ustar) of one executable file that belongs to root and is of 1970. */
function tarOf(name: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  const beforeSum =
    name.padEnd(100, '\0') + octal(0o755, 8) + octal(0, 8) + octal(0, 8) + octal(bytes.length, 12) + octal(0, 12);
  const afterSum = `0${'\0'.repeat(100)}ustar\0${'00'}`;
  const header = (sum: string): Buffer => Buffer.from((beforeSum + sum + afterSum).padEnd(blockSize, '\0'), 'latin1');
  const sum = header(' '.repeat(8)).reduce((total, byte) => total + byte, 0);
  const padding = Buffer.alloc((blockSize - (bytes.length % blockSize)) % blockSize);
  return Buffer.concat([header(`${octal(sum, 7)} `), bytes, padding, Buffer.alloc(2 * blockSize)]);
}
