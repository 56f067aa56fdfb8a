import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFile, describeLibc } from './build-file.ts';
import { dist, readPackage } from './bundle.ts';
import { untilInterrupted } from './interruption.ts';

// compile.ts [--dynamic] [--libc FOLDER] [--out FILE]: builds the plugin for this machine and moves it into place when it is whole: a
// running plugin keeps the file it was started from, and a build that fails or is interrupted leaves the last good one.

const { values } = parseArgs({
  options: { dynamic: { type: 'boolean' }, libc: { type: 'string', multiple: true }, out: { type: 'string' } },
});
const signal = untilInterrupted();
const { name, version } = await readPackage();
await mkdir(dist, { recursive: true });
const folder = await mkdtemp(join(dist, '.build-'));
try {
  const built = await buildFile(folder, {
    standalone: values.dynamic !== true,
    libcFolders: values.libc ?? [],
    signal,
  });
  signal.throwIfAborted();
  await rename(built.file, resolve(values.out ?? join(dist, name)));
  console.log(`${values.out ?? `dist/${name}`}  v${version}  ${(built.size / 1e6).toFixed(1)} MB`);
  console.log(`sha256  ${built.sha256}`);
  for (const line of describeLibc(built)) console.log(line);
} catch (error) {
  if (!signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = signal.aborted ? 130 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
