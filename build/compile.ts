import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

// Compiles src/main.ts to one executable file and moves it into place when it is whole: a running plugin keeps the file
// it was started from, and a build that fails or is interrupted leaves the last good one.

const root = resolve(import.meta.dir, '..');
const dist = join(root, 'dist');

interface Package {
  readonly name: string;
  readonly version: string;
}

const { name, version } = (await Bun.file(join(root, 'package.json')).json()) as Package;

/** `bun build` run inside `folder`, which also gets Bun's own temporary files; the answer is the exit code. */
const compile = async (folder: string, signal: AbortSignal): Promise<number> => {
  const child = Bun.spawn(
    [
      process.execPath,
      'build',
      // Relative, so that no build machine's path gets into the binary and two checkouts give the same bytes.
      '../../src/main.ts',
      '--root=../..',
      `--outfile=${name}`,
      '--compile',
      '--minify',
      '--bytecode',
      '--format=esm',
      '--sourcemap=inline',
      // Otherwise the binary would read these two from whatever folder the server was started in.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      // Bun writes these two into CommonJS modules as paths of the build machine; nothing reads files beside them.
      '--define=__dirname="/"',
      '--define=__filename="/"',
      `--define=PLUGIN_VERSION=${JSON.stringify(`v${version}`)}`,
    ],
    { cwd: folder, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit', signal },
  );
  return child.exited;
};

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort());
}

await mkdir(dist, { recursive: true });
const folder = await mkdtemp(join(dist, '.build-'));
try {
  const code = await compile(folder, interrupted.signal);
  if (interrupted.signal.aborted) {
    process.exitCode = 130;
  } else if (code !== 0) {
    console.error(`Compiling failed (bun build ended with ${code}); dist/ is as it was before.`);
    process.exitCode = 1;
  } else {
    const built = join(folder, name);
    const sha256 = new Bun.CryptoHasher('sha256').update(await readFile(built)).digest('hex');
    const { size } = await stat(built);
    await rename(built, join(dist, name));
    console.log(`dist/${name}  v${version}  ${(size / 1e6).toFixed(1)} MB`);
    console.log(`sha256  ${sha256}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
