import { dirname, resolve } from 'node:path';
import { cacheFolder } from '../../build/cache.ts';
import { buildGo, GoBuildError, whyNoGo } from '../../build/go-program.ts';
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
    lacks: whyMissingGo,
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

async function whyMissingGo(): Promise<string | undefined> {
  const why = await whyNoGo();
  return why === undefined ? undefined : `${why}; or name a program in VAULT_BINARY.`;
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
    await buildGo({
      module: resolve(import.meta.dir, 'vault'),
      package: 'github.com/hashicorp/vault',
      target,
      scratch: dirname(target),
      tags: 'minimal',
      signal,
    });
  } catch (error) {
    if (error instanceof GoBuildError) throw new EngineFetchError(about, error.message);
    throw error;
  } finally {
    clearInterval(progress);
  }
}
