import { rename } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFile, describeFile } from './build-file.ts';
import { pluginEntry } from './bundle.ts';
import { runCommand } from './command.ts';
import { dist, root, scratchInDist } from './dist.ts';
import { fileName, readPackage } from './package.ts';

// compile.ts [--dynamic] [--libc FOLDER] [--out FILE]: builds the plugin for this machine and moves it into place when it is whole: a
// running plugin keeps the file it was started from, and a build that fails or is interrupted leaves the last good one.
// --entry FILE --name NAME builds another plugin, of that main file, in this version.

await runCommand(async (signal) => {
  const { values } = parseArgs({
    options: {
      dynamic: { type: 'boolean', default: false },
      libc: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
      entry: { type: 'string', default: pluginEntry },
      name: { type: 'string' },
    },
  });
  const own = await readPackage(root);
  const plugin = { ...own, name: values.name ?? own.name };
  const standalone = !values.dynamic;
  const name = fileName(plugin, standalone);
  const entry = relative(root, resolve(values.entry));
  await using folder = await scratchInDist();
  const built = await buildFile(folder.path, { plugin, entry, standalone, libcFolders: values.libc, signal });
  signal.throwIfAborted();
  await rename(built.file, resolve(values.out ?? join(dist, name)));
  for (const line of describeFile(values.out ?? `dist/${name}`, plugin, built)) console.log(line);
});
