import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeProvenance } from '../build/provenance.ts';
import { signFile, SigningError } from '../build/minisign.ts';
import { sha256Of } from '../build/sha256.ts';
import { commandBlocks } from './harness/documented-commands.ts';
import { runProgram, type Outcome } from '../build/run-program.ts';

// A release as it is published, with a file of a few bytes, signed with a key that is made up here and verified as docs/install.md says.

const name = 'vault-plugin-secrets-litellm';
const file = `${name}-linux-x64`;
const comment = 'vault-plugin-secrets-litellm v1.2.3';

if (Bun.which('minisign') === null) {
  console.log(
    'NOT RUN with signatures: there is no minisign on the PATH. On Debian, as root: npm run prepare-debian minisign',
  );
} else {
  let folder: string;
  let sums: string;

  const run = async (words: readonly string[]): Promise<Outcome> => await runProgram(words, { cwd: folder });

  const newKey = async (stem: string): Promise<string> => {
    const words = ['minisign', '-G', '-W', '-p', join(folder, `${stem}.pub`), '-s', join(folder, `${stem}.key`)];
    expect((await run(words)).code).toBe(0);
    return await Bun.file(join(folder, `${stem}.key`)).text();
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minisign-test-'));
    sums = join(folder, 'SHA256SUMS');
    await writeFile(join(folder, file), 'what is published');
    const files = [{ name: file, sha256: sha256Of(await Bun.file(join(folder, file)).bytes()) }];
    const provenance = makeProvenance({
      plugin: { name, version: '1.2.3' },
      tag: 'v1.2.3',
      commit: '0123456789abcdef0123456789abcdef01234567',
      source: 'https://forge.example.com/somebody/some-plugin.git',
      files,
      lock: 'cd'.repeat(32),
      environment: {},
    });
    await writeFile(join(folder, `${name}-provenance.json`), provenance);
    const all = [...files, { name: `${name}-provenance.json`, sha256: sha256Of(Buffer.from(provenance)) }];
    await writeFile(sums, all.map((each) => `${each.sha256}  ${each.name}\n`).join(''));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** How each command of the page's block ends, in the folder of the release. */
  const verify = async (): Promise<readonly Outcome[]> => {
    const blocks = (await commandBlocks('install.md')).filter(
      ({ runApart }) => runApart === 'e2e/signed-release.test.ts',
    );
    const commands = blocks.flatMap((block) => block.commands.map(({ text }) => text));
    expect(commands).toHaveLength(3);
    const outcomes = [];
    for (const command of commands) outcomes.push(await run(['sh', '-c', command]));
    return outcomes;
  };

  describe('a signed release', () => {
    test('is verified by the three commands of the page', async () => {
      await signFile(sums, { secretKey: await newKey('minisign'), publicKey: join(folder, 'minisign.pub'), comment });
      const [signature, checksums, provenance] = await verify();
      expect(signature?.code).toBe(0);
      expect(signature?.stdout).toContain(`Trusted comment: ${comment}\n`);
      expect(checksums).toEqual({ code: 0, stdout: `${file}: OK\n${name}-provenance.json: OK\n`, stderr: '' });
      expect(provenance?.stdout).toContain('@refs/tags/v1.2.3');
      expect(provenance?.stdout).toContain('0123456789abcdef0123456789abcdef01234567');
    });

    test('is refused where a checksum was changed', async () => {
      await signFile(sums, { secretKey: await newKey('minisign'), publicKey: join(folder, 'minisign.pub'), comment });
      await appendFile(join(folder, file), ', and something else');
      await writeFile(sums, `${sha256Of(await Bun.file(join(folder, file)).bytes())}  ${file}\n`);
      const [signature] = await verify();
      expect(signature?.code).not.toBe(0);
    });

    test('is refused where a file was changed', async () => {
      await signFile(sums, { secretKey: await newKey('minisign'), publicKey: join(folder, 'minisign.pub'), comment });
      await appendFile(join(folder, file), ', and something else');
      const [signature, checksums] = await verify();
      expect(signature?.code).toBe(0);
      expect(checksums?.code).not.toBe(0);
    });
  });

  describe('nothing is signed', () => {
    const refusalOf = async (secretKey: string, publicKey: string): Promise<unknown> => {
      const refusal = await signFile(sums, { secretKey, publicKey, comment }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(SigningError);
      expect(await readdir(folder)).not.toContain('SHA256SUMS.minisig');
      return String(refusal);
    };
    test('with another key than the published one', async () => {
      const other = await newKey('other');
      await newKey('minisign');
      const said = await refusalOf(other, join(folder, 'minisign.pub'));
      expect(said).toContain('minisign.pub does not verify what signs SHA256SUMS');
    });
    test('with what is no key, and it is not shown', async () => {
      await newKey('minisign');
      const said = await refusalOf('not-a-key-but-secret', join(folder, 'minisign.pub'));
      expect(said).toContain('The secret key does not sign');
      expect(said).not.toContain('not-a-key');
    });
    test('where no key is published', async () => {
      expect(await refusalOf(await newKey('other'), join(folder, 'minisign.pub'))).toContain('is not there');
    });
  });
}
