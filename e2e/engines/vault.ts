import { dirname, resolve } from 'node:path';
import { buildGo, GoBuildError, whyNoGo } from '../../build/go-program.ts';
import { EngineFetchError, type Engine } from './engine.ts';
import { engineOf, type Fetch } from './program.ts';

/** The Vault that the suite is written against: what the go.mod beside this file requires. */
export const vaultVersion = '1.21.1';

/**
 * Vault, in this version or, where none is asked for, in the one that the suite is written against: the program that VAULT_BINARY
 * names; else the one kept in the user's cache folder, built first where it is not there yet; else the one on the PATH.
 */
export const vault = (asked?: string): Engine =>
  engineOf({
    name: 'vault',
    title: 'Vault',
    command: 'vault',
    prefix: 'VAULT',
    version: asked ?? vaultVersion,
    asked: asked !== undefined,
    // With storage of its own, Vault wants to be told; locking memory is a right that not everybody has.
    config: { disable_mlock: true },
    // Only where they are paid for.
    namespaces: false,
    prefersPath: false,
    lacks: whyMissingGo,
    fetching: 'Building Vault (some six minutes)',
    fetch: build,
  });

async function whyMissingGo(): Promise<string | undefined> {
  const why = await whyNoGo();
  return why === undefined ? undefined : `${why}; or name a program in VAULT_BINARY.`;
}

const build: Fetch = async (about, target, signal) => {
  if (about.version !== vaultVersion)
    throw new EngineFetchError(about, `what stands here builds ${vaultVersion} only.`);
  const module = resolve(import.meta.dir, 'vault');
  try {
    const name = 'github.com/hashicorp/vault';
    await buildGo({ module, package: name, target, scratch: dirname(target), tags: 'minimal', signal });
  } catch (error) {
    if (error instanceof GoBuildError) throw new EngineFetchError(about, error.message);
    throw error;
  }
};
