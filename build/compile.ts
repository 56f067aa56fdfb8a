import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFile, describeLibc } from './build-file.ts';
import { dist, pluginEntry, root } from './bundle.ts';
import { runCommand } from './command.ts';
import { fileName, readPackage } from './package.ts';

// compile.ts [--dynamic] [--libc FOLDER] [--out FILE]: builds the plugin for this machine and moves it into place when it is whole: a
// running plugin keeps the file it was started from, and a build that fails or is interrupted leaves the last good one.
// --entry FILE --name NAME builds another plugin, of that main file, in this version.

await runCommand(async (signal) => {
  const { values } = parseArgs({
    options: {
      dynamic: { type: 'boolean' },
      libc: { type: 'string', multiple: true },
      out: { type: 'string' },
      entry: { type: 'string', default: pluginEntry },
      name: { type: 'string' },
    },
  });
  const own = await readPackage(root);
  const plugin = { ...own, name: values.name ?? own.name };
  const standalone = values.dynamic !== true;
  const name = fileName(plugin, standalone);
  await mkdir(dist, { recursive: true });
  const folder = await mkdtemp(join(dist, '.build-'));
  try {
    const built = await buildFile(folder, {
      plugin,
      entry: relative(root, resolve(values.entry)),
      standalone,
      libcFolders: values.libc ?? [],
      signal,
    });
    signal.throwIfAborted();
    await rename(built.file, resolve(values.out ?? join(dist, name)));
    console.log(`${values.out ?? `dist/${name}`}  v${plugin.version}  ${(built.size / 1e6).toFixed(1)} MB`);
    console.log(`sha256  ${built.sha256}`);
    for (const line of describeLibc(built)) console.log(line);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
