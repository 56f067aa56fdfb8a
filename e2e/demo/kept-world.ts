import { chmod, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { until } from '../harness/until.ts';
import type { Proxy, RunningWorld, World } from './world.ts';

/** A world that runs in a process of its own, the keeper, and how to reach that. */
export interface KeptWorld {
  readonly world: World;
  /** Where the keeper listens. */
  readonly socket: string;
}

/** What the keeper is told, on its standard input. */
export interface KeeperOrder {
  readonly baoBinary: string;
  readonly proxy: Proxy | undefined;
}

/** A kept world is there already, or the keeper could not start one. */
export class KeeperError extends Error {
  override readonly name = 'KeeperError';
}

/** Where the one kept world of this checkout is written down. */
export const keptWorldFile = resolve(import.meta.dir, '../../dist/demo.json');

/** What went wrong in the keeper, for the demonstration to read. */
export const keeperLogFile = resolve(import.meta.dir, '../../dist/demo.log');

/** Writes a kept world down, whole and for the user's eyes only, without a real proxy's master key. */
export async function writeKeptWorld({ world, socket }: KeptWorld): Promise<void> {
  const scratch = `${keptWorldFile}.${process.pid}`;
  const kept: KeptWorld = { world: { ...world, masterKey: world.standIn ? world.masterKey : '' }, socket };
  await Bun.write(scratch, JSON.stringify(kept));
  await chmod(scratch, 0o600);
  await rename(scratch, keptWorldFile);
}

/** The kept world that runs now, if any. */
export async function findKeptWorld(): Promise<KeptWorld | undefined> {
  const file = Bun.file(keptWorldFile);
  if (!(await file.exists())) return undefined;
  const kept = (await file.json()) as KeptWorld;
  return (await askKeeper(kept, 'GET')) ? kept : undefined;
}

/** Ends a kept world, and says whether there was one. */
export async function stopKeptWorld(): Promise<boolean> {
  const kept = await findKeptWorld();
  if (kept === undefined) return false;
  await askKeeper(kept, 'DELETE');
  // The file goes last.
  await until('the keeper is gone', 60, async () => !(await Bun.file(keptWorldFile).exists()));
  return true;
}

/** Starts a world that outlives this process. @throws KeeperError */
export async function startKeptWorld(order: KeeperOrder): Promise<RunningWorld> {
  if ((await findKeptWorld()) !== undefined) {
    throw new KeeperError('There is one that was kept already; `npm run demo -- --stop` ends it.');
  }
  await rm(keptWorldFile, { force: true });
  const keeper = Bun.spawn([process.execPath, join(import.meta.dir, 'keeper.ts')], {
    detached: true,
    stdin: new TextEncoder().encode(JSON.stringify(order)),
    stdout: 'ignore',
    stderr: Bun.file(keeperLogFile),
  });
  keeper.unref();
  const ended = new AbortController();
  void keeper.exited.then((code) => ended.abort(new Error(`the keeper ended with ${code}`)));
  try {
    const kept = await until('the keeper is ready', 60, findKeptWorld, ended.signal);
    const masterKey = order.proxy?.masterKey ?? kept.world.masterKey;
    return { world: { ...kept.world, masterKey }, stop: async () => void (await stopKeptWorld()) };
  } catch (error) {
    keeper.kill();
    const said = await Bun.file(keeperLogFile).text();
    throw new KeeperError(`${error instanceof Error ? error.message : String(error)}\n${said}`, { cause: error });
  }
}

async function askKeeper({ socket }: KeptWorld, method: 'GET' | 'DELETE'): Promise<boolean> {
  try {
    const { ok } = await fetch('http://keeper/', { method, unix: socket, signal: AbortSignal.timeout(5000) });
    return ok;
  } catch {
    return false;
  }
}
