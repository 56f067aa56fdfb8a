import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './bundle.ts';
import { cacheFolder, keep } from './cache.ts';
import { runCommand } from './command.ts';

// python-tool.ts PACKAGE MODULE [ARGUMENT]…: runs a program that comes as a Python package, in the version that package.json names.
// It is fetched once for each kind of Python, since part of it is compiled for just that one, and kept in the user's cache folder.

/** There is no Python here that could run the program. */
class PythonError extends Error {
  override readonly name = 'PythonError';

  constructor(tool: string, reason: string) {
    super(
      `${tool} needs python3 of ${least.join('.')} or later with pip, and ${reason}. On Debian, as root: npm run prepare-debian python`,
    );
  }
}

/** What pre-commit and check-jsonschema, or what they are made of, ask for. */
const least = [3, 11] as const;

interface Python {
  readonly version: readonly [major: number, minor: number];
  /** Names what is compiled for this Python and no other. */
  readonly abi: string;
  readonly pip: boolean;
}

/** Prints a Python as JSON; written so that the oldest can read it. */
const probe = `import importlib.util, json, sys, sysconfig
abi = sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag + "-" + sysconfig.get_platform()
print(json.dumps({"version": sys.version_info[:2], "abi": abi, "pip": importlib.util.find_spec("pip") is not None}))`;

/** @throws PythonError */
async function findPython(tool: string): Promise<Python> {
  if (Bun.which('python3') === null) throw new PythonError(tool, 'there is none on the PATH');
  const child = Bun.spawn(['python3', '-c', probe], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  if (code !== 0) throw new PythonError(tool, `it does not run here: ${stderr.trim().split('\n').at(-1)}`);
  const python = JSON.parse(stdout) as Python;
  const [major, minor] = python.version;
  if (major < least[0] || (major === least[0] && minor < least[1])) {
    throw new PythonError(tool, `${Bun.which('python3')} is ${major}.${minor}`);
  }
  if (!python.pip) throw new PythonError(tool, `${Bun.which('python3')} has no pip`);
  return python;
}

/** The folder that a package is kept in; fetched first where it is not there. @throws PythonError */
async function keptPackage(tool: string, signal: AbortSignal): Promise<string> {
  const { config } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly config: Readonly<Record<string, string>>;
  };
  const version = config[tool];
  if (version === undefined) throw new Error(`package.json names no version of ${tool}.`);
  const { abi } = await findPython(tool);
  const cache = cacheFolder();
  const kept = join(cache, `${tool}-${version}-${abi}`);
  if (existsSync(kept)) return kept;
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(`${kept}.`);
  try {
    const fetched = join(scratch, 'tool');
    const flags = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--target', fetched];
    const pip = Bun.spawn(['python3', '-m', 'pip', 'install', ...flags, `${tool}==${version}`], {
      stdio: ['ignore', 'inherit', 'inherit'],
      signal,
    });
    const code = await pip.exited;
    if (code !== 0) throw new Error(`pip ended with ${code} and did not fetch ${tool} ${version}.`);
    await keep(fetched, kept);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return kept;
}

await runCommand(async (signal) => {
  const [tool, module, ...args] = process.argv.slice(2);
  if (tool === undefined || module === undefined) throw new Error('usage: python-tool.ts PACKAGE MODULE [ARGUMENT]…');
  const child = Bun.spawn(['python3', '-m', module, ...args], {
    env: { ...process.env, PYTHONPATH: await keptPackage(tool, signal) },
    stdio: ['inherit', 'inherit', 'inherit'],
    signal,
  });
  process.exitCode = await child.exited;
});
