import { dirname, resolve } from 'node:path';
import { cacheFolder } from '../../build/cache.ts';
import { EngineFetchError, type Engine, type ProgramOptions } from './engine.ts';
import { findProgram, whyMissing, type ProgramSource } from './program.ts';

/** The Vault that the suite is written against: what the go.mod beside this file requires. */
export const vaultVersion = '1.21.1';

type About = Pick<Engine, 'title' | 'version'>;

/**
 * Vault, in this version or, where none is asked for, in the one that the suite is written against: the program that VAULT_BINARY
 * names; else the one kept in the user's cache folder, built first where it is not there yet; else the one on the PATH.
 */
export function vault(asked?: string): Engine {
  const version = asked ?? vaultVersion;
  const about = { name: 'vault', title: 'Vault', command: 'vault', version, asked: asked !== undefined } as const;
  const source: ProgramSource = {
    ...about,
    variable: 'VAULT_BINARY',
    prefersPath: false,
    lacks: whyNoGo,
    fetch: (target, options) => build(about, target, options),
  };
  return {
    ...about,
    prefix: 'VAULT',
    // With storage of its own, Vault wants to be told; locking memory is a right that not everybody has.
    config: { disable_mlock: true },
    // Only where they are paid for.
    namespaces: false,
    whyMissing: () => whyMissing(source),
    program: (options = {}) => findProgram(source, options),
  };
}

/** Any Go that fetches the newer one which a go.mod asks for will do. */
async function whyNoGo(): Promise<string | undefined> {
  if (Bun.which('go') === null) {
    return (
      'there is no go of 1.21 or later on the PATH to build it with. ' +
      'On Debian, as root: npm run prepare-debian go; or name a program in VAULT_BINARY.'
    );
  }
  const said = await Bun.$`go version`.nothrow().quiet().text();
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(said) ?? [];
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 21)) return undefined;
  const why = said.trim() === '' ? 'does not run' : `is too old (${said.trim()})`;
  return `the go on the PATH ${why}. Put one of 1.21 or later there, or name a program in VAULT_BINARY.`;
}

async function build(about: About, target: string, { report, signal }: ProgramOptions): Promise<void> {
  if (about.version !== vaultVersion)
    throw new EngineFetchError(about, `what stands here builds ${vaultVersion} only.`);
  const begin = Date.now();
  report?.(`Building Vault ${about.version} (some six minutes, once; it is kept in ${cacheFolder()})`);
  const progress = setInterval(() => {
    report?.(`  still building, ${Math.round((Date.now() - begin) / 1000)} s so far`);
  }, 30_000);
  try {
    await go(
      about,
      ['build', '-mod=readonly', '-tags=minimal', `-o=${target}`, 'github.com/hashicorp/vault'],
      dirname(target),
      signal,
    );
  } finally {
    clearInterval(progress);
  }
}

/**
 * Runs it in the module beside this file. Its temporary files are in `scratch`, and nothing writes there any more when this has
 * settled: go ends before the compilers that it has started, so all of them are a process group and are killed as one.
 */
async function go(
  about: About,
  argv: readonly string[],
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = Bun.spawn(['go', ...argv], {
    cwd: resolve(import.meta.dir, 'vault'),
    env: {
      ...process.env,
      CGO_ENABLED: '0',
      // A distribution's Go may be told to fetch no newer one, which go.mod may ask for.
      GOTOOLCHAIN: process.env['GOTOOLCHAIN'] ?? 'auto',
      GOTMPDIR: scratch,
    },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    // Where nobody would kill it, it stays in the group that a terminal interrupts.
    detached: signal !== undefined,
  });
  const kill = (): void => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended just now.
    }
  };
  signal?.addEventListener('abort', kill);
  const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
  signal?.removeEventListener('abort', kill);
  signal?.throwIfAborted();
  if (code !== 0) {
    throw new EngineFetchError(about, `go build ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`);
  }
}
