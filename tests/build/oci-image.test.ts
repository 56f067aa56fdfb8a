import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOciImage } from '../../build/oci-image.ts';
import { sha256Of } from '../../build/sha256.ts';

const plugin = { name: 'some-plugin', version: '1.2.3-rc.1' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-image-'));
  await writeFile(join(folder, 'x64'), 'the file for x64');
  await writeFile(join(folder, 'arm64'), new Uint8Array(512).fill(7));
});
afterEach(() => rm(folder, { recursive: true }));

const make = async (name: string): Promise<string> =>
  await writeOciImage(join(folder, name), plugin, [
    { path: join(folder, 'x64'), architecture: 'x64' },
    { path: join(folder, 'arm64'), architecture: 'arm64' },
  ]);

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Index {
  readonly manifests: readonly Descriptor[];
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** What the layout has for a descriptor, which is what that says. */
async function blob(descriptor: Descriptor | undefined): Promise<Uint8Array<ArrayBuffer>> {
  if (descriptor === undefined) throw new Error('the layout has no such thing');
  const { digest, size } = descriptor;
  const bytes = await Bun.file(join(folder, 'image/blobs', digest.replace(':', '/'))).bytes();
  expect({ digest: `sha256:${sha256Of(bytes)}`, size: bytes.length }).toEqual({ digest, size });
  return bytes;
}

const json = async (descriptor: Descriptor | undefined): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await blob(descriptor)));

test('an image has an index of one image for each machine, with the file alone in its root', async () => {
  const digest = await make('image');
  const layout = (await Bun.file(join(folder, 'image/index.json')).json()) as Index;
  const [named] = layout.manifests;
  expect(named).toMatchObject({ digest, annotations: { 'org.opencontainers.image.ref.name': 'v1.2.3-rc.1' } });
  const { manifests } = (await json(named)) as Index;
  expect(manifests.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ]);
  for (const [at, file] of ['x64', 'arm64'].entries()) {
    const { config, layers } = (await json(manifests[at])) as Manifest;
    expect(layers).toHaveLength(1);
    const tar = Bun.gunzipSync(await blob(layers[0]));
    expect(await json(config)).toMatchObject({
      ...manifests[at]?.platform,
      config: { Entrypoint: ['/some-plugin'], Labels: { 'org.opencontainers.image.version': '1.2.3-rc.1' } },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256Of(tar)}`] },
    });
    const archive = join(folder, 'layer.tar');
    await writeFile(archive, tar);
    const listing = await Bun.$`tar --list --verbose --numeric-owner --utc --file ${archive}`.text();
    expect(listing).toMatch(/^-rwxr-xr-x 0\/0 +\d+ 1970-01-01 00:00 some-plugin\n$/);
    const unpacked = await Bun.$`tar --extract --to-stdout --file ${archive} some-plugin`.arrayBuffer();
    expect(sha256Of(new Uint8Array(unpacked))).toBe(sha256Of(await Bun.file(join(folder, file)).bytes()));
  }
});

test('the same files give the same bytes', async () => {
  expect(await make('image')).toBe(await make('again'));
  const files = (await readdir(join(folder, 'image'), { recursive: true })).toSorted();
  expect(files).toEqual((await readdir(join(folder, 'again'), { recursive: true })).toSorted());
  expect(await Bun.file(join(folder, 'image/index.json')).text()).toBe(
    await Bun.file(join(folder, 'again/index.json')).text(),
  );
});
