import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cacheFolder } from '../engines/cache-folder.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import { objectOf, type Json } from '../harness/engine-api.ts';

/** The hvac that the suite is written against. */
const hvacVersion = '2.4.0';

/** The oldest Python 3 that it runs on: its minor version. */
const oldestMinor = 8;

/** hvac could not be had, or was refused something. */
export class HvacError extends Error {
  override readonly name = 'HvacError';

  constructor(code: number, said: string) {
    super(`python3 ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`);
  }
}

interface Python {
  /** Such as 3.11. */
  readonly version: string;
  readonly hasPip: boolean;
}

/** Prints the version and whether there is a pip. */
const describeScript = `
import importlib.util, sys
print("%d.%d" % sys.version_info[:2], importlib.util.find_spec("pip") is not None)
`;

/** Why hvac cannot be had with the python3 on a PATH; undefined where it is worth trying. */
export async function whyNoHvac(path = process.env['PATH'] ?? ''): Promise<string | undefined> {
  const program = Bun.which('python3', { PATH: path });
  if (program === null) return 'there is no python3 on the PATH.';
  let found: Python;
  try {
    found = await describePython(program);
  } catch (error) {
    return `the python3 on the PATH does not run: ${error instanceof Error ? error.message : String(error)}`;
  }
  const [major = 0, minor = 0] = found.version.split('.').map(Number);
  if (major !== 3 || minor < oldestMinor)
    return `the python3 on the PATH is ${found.version}, older than 3.${oldestMinor}.`;
  if (found.hasPip || (await isKept(keptFolder(found)))) return undefined;
  return 'the python3 on the PATH has no pip to fetch it with.';
}

/** Runs key.py, which tells what it takes; hvac is fetched first where it is not there yet. @throws HvacError */
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

/** The folder with hvac and what it stands on. Two at once do no harm: the first to have a whole one moves it into place. */
async function hvacFolder(): Promise<string> {
  const target = keptFolder(await describePython('python3'));
  if (await isKept(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const scratch = await mkdtemp(`${target}-`);
  try {
    const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-warn-conflicts', '--target'];
    await python([...words, join(scratch, 'hvac'), `hvac==${hvacVersion}`]);
    await rename(join(scratch, 'hvac'), target).catch(async (error: unknown) => {
      if (!(await isKept(target))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

/** What pip installs for one Python may not run on another. */
const keptFolder = ({ version }: Python): string => cacheFolder(`hvac-${hvacVersion}-python${version}`);

const isKept = async (folder: string): Promise<boolean> => await Bun.file(join(folder, 'hvac', '__init__.py')).exists();

async function describePython(program: string): Promise<Python> {
  const [version = '', hasPip] = (await python(['-c', describeScript], {}, program)).trim().split(' ');
  return { version, hasPip: hasPip === 'True' };
}

async function python(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = 'python3',
): Promise<string> {
  const child = Bun.spawn([program, ...words], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 120_000,
  });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  if (code !== 0) throw new HvacError(code, stderr);
  return stdout;
}
