import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cacheFolder, namedProgram } from './cache-folder.ts';
import { EngineMissingError, type Engine, type ProgramOptions } from './engine.ts';

/** The Vault that the suite is written against: what the go.mod beside this file requires. */
export const vaultVersion = '1.21.1';

/**
 * Vault: the program that VAULT_BINARY names; else the one kept in the user's cache folder, built first where it is not there yet;
 * else, without a Go to build it with, the one on the PATH.
 */
export function vault(version: string = vaultVersion): Engine {
  const cached = join(cacheFolder(`vault-${version}`), 'vault');
  const module = join(resolve(import.meta.dir, 'vault'), version === vaultVersion ? '.' : version);
  const about = { title: 'Vault', version } as const;

  async function found(): Promise<string | undefined> {
    const named = await namedProgram('VAULT_BINARY');
    if (named?.there === true) return named.path;
    if (named !== undefined) return undefined;
    if (await Bun.file(cached).exists()) return cached;
    return Bun.which('go') === null ? (Bun.which('vault') ?? undefined) : undefined;
  }

  async function whyMissing(): Promise<string | undefined> {
    if ((await found()) !== undefined) return undefined;
    const named = process.env['VAULT_BINARY'] ?? '';
    if (named !== '') return `VAULT_BINARY names ${named}, which is not there.`;
    if (Bun.which('go') === null) return 'there is no go on the PATH to build it with.';
    if (!(await Bun.file(join(module, 'go.mod')).exists())) return `there is no ${join(module, 'go.mod')}.`;
    return undefined;
  }

  return {
    ...about,
    name: 'vault',
    command: 'vault',
    prefix: 'VAULT',
    // With storage of its own, Vault wants to be told; locking memory is a right that not everybody has.
    config: { disable_mlock: true },
    // Only where they are paid for.
    namespaces: false,
    whyMissing,
    async program(options = {}) {
      const why = await whyMissing();
      if (why !== undefined) throw new EngineMissingError(about, why);
      const ready = await found();
      if (ready !== undefined) return ready;
      await build(about, module, cached, options);
      return cached;
    },
  };
}

/** Two at once do no harm: each works in a folder of its own and moves a whole file into place. */
async function build(
  about: Pick<Engine, 'title' | 'version'>,
  module: string,
  target: string,
  { report, signal }: ProgramOptions,
): Promise<void> {
  const folder = join(target, '..');
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'build-'));
  const begin = Date.now();
  report?.(`Building Vault ${about.version} (some six minutes, once; it is kept in ${folder})`);
  const progress = setInterval(() => {
    report?.(`  still building, ${Math.round((Date.now() - begin) / 1000)} s so far`);
  }, 30_000);
  try {
    const built = join(scratch, 'vault');
    const child = Bun.spawn(
      ['go', 'build', '-mod=readonly', '-tags=minimal', `-o=${built}`, 'github.com/hashicorp/vault'],
      {
        cwd: module,
        // A distribution's Go may be told to fetch no newer one, which go.mod may ask for.
        env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: process.env['GOTOOLCHAIN'] ?? 'auto' },
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'pipe',
        ...(signal === undefined ? {} : { signal }),
      },
    );
    const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
    signal?.throwIfAborted();
    if (code !== 0) {
      throw new EngineMissingError(
        about,
        `go build ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`,
      );
    }
    await rename(built, target);
  } finally {
    clearInterval(progress);
    await rm(scratch, { recursive: true, force: true });
  }
}
