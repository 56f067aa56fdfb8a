import { describe, expect, test } from 'bun:test';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PluginHost } from '../tests/harness/plugin-host.ts';
import { readPackage } from './package.ts';
import { sha256Of } from './sha256.ts';
import { releaseTargets, targetName } from './targets.ts';

// dist/release/ and dist/image/ as they stand there: `just test-release` makes them anew, `just test-release-files` takes what
// release-files and image made.

const root = resolve(import.meta.dir, '..');
const release = join(root, 'dist/release');
const image = join(root, 'dist/image');
const name = 'vault-plugin-secrets-litellm';
const files = releaseTargets.map((target) => ({ target, file: `${name}-${targetName(target)}` }));

interface Bill {
  readonly metadata: {
    readonly component: { readonly version: string; readonly hashes: readonly { readonly content: string }[] };
  };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly components?: readonly {
      readonly name: string;
      readonly hashes: readonly { readonly content: string }[];
    }[];
  }[];
}

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly architecture: string };
}

const blobOf = (digest = 'none:none'): Bun.BunFile => Bun.file(join(image, 'blobs', digest.replace(':', '/')));

const manifestsOf = async (index: Bun.BunFile): Promise<readonly Descriptor[]> =>
  ((await index.json()) as { readonly manifests: readonly Descriptor[] }).manifests;

const billOf = async (file: string): Promise<Bill> =>
  (await Bun.file(join(release, `${file}.cdx.json`)).json()) as Bill;

/** The version that the files of dist/release/ have to be of. */
const { version } = await readPackage(root);

test('SHA256SUMS names each file and its checksum', async () => {
  const names = files.flatMap(({ file }) => [file, `${file}.cdx.json`]);
  const provenance = `${name}-provenance.json`;
  if (await Bun.file(join(release, provenance)).exists()) names.push(provenance);
  const lines = await Promise.all(
    names.map(async (each) => `${sha256Of(await readFile(join(release, each)))}  ${each}\n`),
  );
  expect(await Bun.file(join(release, 'SHA256SUMS')).text()).toBe(lines.join(''));
});

describe('the bill of materials', () => {
  for (const { target, file } of files) {
    test(`of ${file}`, async () => {
      const bill = await billOf(file);
      expect(bill.metadata.component.version).toBe(version);
      expect(bill.metadata.component.hashes[0]?.content).toBe(sha256Of(await readFile(join(release, file))));
      const names = bill.components.map((component) => component.name);
      expect(names).toEqual(expect.arrayContaining(['bun', '@grpc/grpc-js', 'protobufjs', 'valibot', 'ky']));
      // Tools are not in the file.
      expect(names).not.toContain('prettier');
      expect(bill.components.find((component) => component.name === 'bun')?.version).toBe(Bun.version);
      const glibc = bill.components.find((component) => component.name === 'glibc');
      expect(glibc?.components?.map((part) => part.name).includes('libc.so.6')).toBe(
        target.platform === 'linux' ? true : undefined,
      );
    });
  }
});

describe('the image', () => {
  for (const { target, file } of files.filter((each) => each.target.platform === 'linux')) {
    const architecture = target.architecture === 'x64' ? 'amd64' : 'arm64';
    test(`for linux/${architecture} holds ${file} alone`, async () => {
      const [index] = await manifestsOf(Bun.file(join(image, 'index.json')));
      const manifests = await manifestsOf(blobOf(index?.digest));
      const manifest = manifests.find(({ platform }) => platform?.architecture === architecture);
      const { layers } = (await blobOf(manifest?.digest).json()) as { readonly layers: readonly Descriptor[] };
      expect(layers).toHaveLength(1);
      const unpacked = await Bun.$`tar --extract --gzip --to-stdout < ${blobOf(layers[0]?.digest)}`.arrayBuffer();
      expect(sha256Of(new Uint8Array(unpacked))).toBe(sha256Of(await readFile(join(release, file))));
    });
  }
});

const emulator = Bun.which('qemu-aarch64-static') ?? Bun.which('qemu-aarch64');

describe('starts and serves', () => {
  for (const { target, file } of files) {
    const native = target.platform === process.platform && target.architecture === process.arch;
    const emulated = process.platform === 'linux' && targetName(target) === 'linux-arm64' ? emulator : null;
    if (!native && emulated === null) {
      console.log(`NOT RUN for ${file}: this machine cannot start it.`);
      continue;
    }
    test(`${file}${native ? '' : ', emulated'}`, async () => {
      const command = [...(native ? [] : [emulated ?? '']), join(release, file)];
      await using host = await PluginHost.start({ command });
      expect(await host.health()).toMatchObject({ status: 1 });
      expect(await host.version()).toBe(`v${version}`);
    }, 120_000);
  }
});

test('another folder gives the same bytes', async () => {
  const elsewhere = await mkdtemp(join(root, 'dist/.a folder with another name-'));
  try {
    const listing = Bun.spawn(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    for (const path of (await listing.stdout.text()).split('\0').filter((each) => each !== '')) {
      await mkdir(dirname(join(elsewhere, path)), { recursive: true });
      await cp(join(root, path), join(elsewhere, path));
    }
    await cp(join(root, 'node_modules'), join(elsewhere, 'node_modules'), { recursive: true, verbatimSymlinks: true });
    const bun = process.execPath;
    for (const script of ['build/proto.ts', 'build/build-all.ts']) {
      const child = Bun.spawn([bun, 'run', script], {
        cwd: elsewhere,
        // It is no repository, and so has no tag to be named after.
        env: { ...process.env, PLUGIN_VERSION: version },
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'inherit',
      });
      expect(await child.exited).toBe(0);
    }
    // What is added beside tells of the repository.
    const sums = await Bun.file(join(elsewhere, 'dist/release/SHA256SUMS')).text();
    expect(await Bun.file(join(release, 'SHA256SUMS')).text()).toStartWith(sums);
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
}, 300_000);
