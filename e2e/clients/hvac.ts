import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cacheFolder } from '../engines/cache-folder.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import { objectOf, type Json } from '../harness/engine-api.ts';

/** The hvac that the suite is written against. */
const hvacVersion = '2.4.0';

/** hvac could not be had, or was refused something. */
export class HvacError extends Error {
  override readonly name = 'HvacError';

  constructor(what: string, code: number, said: string) {
    super(`${what} ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`);
  }
}

/** The folder with hvac and what it stands on, fetched first where it is not there yet. @throws HvacError */
export async function hvacFolder(): Promise<string> {
  const target = cacheFolder(`hvac-${hvacVersion}`);
  if (await Bun.file(join(target, 'hvac', '__init__.py')).exists()) return target;
  await mkdir(join(target, '..'), { recursive: true });
  const scratch = await mkdtemp(`${target}-`);
  try {
    const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-warn-conflicts', '--target'];
    await python([...words, join(scratch, 'hvac'), `hvac==${hvacVersion}`], {});
    await rm(target, { recursive: true, force: true });
    await rename(join(scratch, 'hvac'), target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

/** Runs key.py, which tells what it takes. @throws HvacError */
export async function runHvac(
  server: EngineServer,
  ...words: readonly string[]
): Promise<Readonly<Record<string, Json>>> {
  const script = resolve(import.meta.dir, 'key.py');
  const text = await python(['-B', script, ...words], {
    PYTHONPATH: await hvacFolder(),
    VAULT_ADDR: server.address,
    VAULT_TOKEN: server.rootToken,
  });
  return objectOf(JSON.parse(text) as Json);
}

async function python(words: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = Bun.spawn(['python3', ...words], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 120_000,
  });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  if (code !== 0) throw new HvacError(`python3 ${words.slice(0, 3).join(' ')}`, code, stderr);
  return stdout;
}
