import { kept } from './cache.ts';
import { runProgram } from './run-program.ts';

/** The lowest version that will do. */
export type LeastVersion = readonly [major: number, minor: number];

/** There is no Python here that will do; the message is one line. */
export class PythonError extends Error {
  override readonly name = 'PythonError';

  constructor(who: string, least: LeastVersion, reason: string) {
    super(
      `${who} needs python3 of ${least.join('.')} or later with pip, and ${reason}. On Debian, as root: npm run prepare-debian python`,
    );
  }
}

/** pip did not fetch a package; it has said why, or the message has. */
export class PipError extends Error {
  override readonly name = 'PipError';
}

/** The `python3` of the PATH. */
interface Python {
  readonly version: LeastVersion;
  /** Names what is compiled for this Python and no other. */
  readonly abi: string;
  readonly pip: boolean;
}

/** Prints a Python as JSON; written so that the oldest can read it. */
const probe = `import importlib.util, json, sys, sysconfig
abi = sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag + "-" + sysconfig.get_platform()
print(json.dumps({"version": sys.version_info[:2], "abi": abi, "pip": importlib.util.find_spec("pip") is not None}))`;

/**
 * The `python3` of the PATH, looked at on behalf of `who`.
 * @throws PythonError where there is none, or it does not run, is too old or has no pip
 */
export async function requirePython(who: string, least: LeastVersion): Promise<Python> {
  const program = Bun.which('python3');
  if (program === null) throw new PythonError(who, least, 'there is none on the PATH');
  const { code, stdout, stderr } = await runProgram(['python3', '-c', probe]);
  if (code !== 0) {
    const said = stderr.trim().split('\n').at(-1);
    throw new PythonError(who, least, `${program} does not run here${said === '' ? '' : `: ${said}`}`);
  }
  const python = JSON.parse(stdout) as Python;
  const [major, minor] = python.version;
  if (major < least[0] || (major === least[0] && minor < least[1])) {
    throw new PythonError(who, least, `${program} is ${major}.${minor}`);
  }
  if (!python.pip) throw new PythonError(who, least, `${program} has no pip`);
  return python;
}

/** A Python package with all that it stands on, for a PYTHONPATH. */
export interface PythonPackage {
  readonly name: string;
  readonly version: string;
  readonly least: LeastVersion;
}

/**
 * The folder that a package is kept in, for each kind of Python its own, since part of it is compiled for just that one. It is
 * fetched first where it is not there; two at once do no harm.
 * @throws PythonError
 * @throws PipError
 */
export async function pythonPackage({ name, version, least }: PythonPackage, signal?: AbortSignal): Promise<string> {
  const { abi } = await requirePython(name, least);
  return await kept(`${name}-${version}-${abi}`, async (target) => {
    const flags = ['--quiet', '--disable-pip-version-check', '--no-warn-conflicts', '--target', target];
    const pip = Bun.spawn(['python3', '-m', 'pip', 'install', ...flags, `${name}==${version}`], {
      env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' },
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(signal && { signal }),
    });
    const code = await pip.exited;
    if (code !== 0) throw new PipError(`pip ended with ${code} and did not fetch ${name} ${version}.`);
  });
}
