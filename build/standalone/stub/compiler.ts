import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cacheFolder, keep } from '../../cache.ts';
import { run } from './run.ts';

const packageFile = resolve(import.meta.dir, '../../../package.json');

/** Unpacks the wheel `argv[1]` into the folder `argv[2]`. */
const unpackScript = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';

/**
 * The path of the zig compiler in the version that package.json names. It comes as the Python package `ziglang`, which
 * is fetched once and kept in the user's cache folder.
 */
export async function stubCompiler(): Promise<string> {
  const { config } = (await Bun.file(packageFile).json()) as { readonly config: { readonly ziglang: string } };
  const cache = cacheFolder();
  const kept = join(cache, `ziglang-${config.ziglang}`);
  const compiler = join(kept, 'ziglang', 'zig');
  if (await Bun.file(compiler).exists()) return compiler;
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'ziglang-'));
  try {
    const fetching = [
      'download',
      '--no-deps',
      '--only-binary=:all:',
      '--no-cache-dir',
      '--progress-bar=off',
      '--quiet',
    ];
    console.log(`Fetching ziglang ${config.ziglang} (once; it is kept in ${cache})`);
    await run(['python3', '-m', 'pip', ...fetching, '-d', scratch, `ziglang==${config.ziglang}`]);
    const [wheel = ''] = await readdir(scratch);
    const unpacked = join(scratch, 'unpacked');
    await run(['python3', '-c', unpackScript, join(scratch, wheel), unpacked]);
    await chmod(join(unpacked, 'ziglang', 'zig'), 0o755);
    await keep(unpacked, kept);
  } finally {
    await rm(scratch, { recursive: true });
  }
  return compiler;
}
