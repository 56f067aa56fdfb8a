import { mkdtempDisposable, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../command.ts';
import { runProgram } from '../run-program.ts';
import { writeStandalone } from './standalone.ts';

// replace-libc.ts [--libc FOLDER] DYNAMIC STANDALONE: the step alone, for whoever wants another C library in the file.

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { libc: { type: 'string', multiple: true, default: [] } },
    allowPositionals: true,
  });
  const [input, output] = positionals;
  if (input === undefined || output === undefined) {
    throw new Error('usage: replace-libc.ts [--libc FOLDER] DYNAMIC STANDALONE');
  }
  await using folder = await mkdtempDisposable(join(dirname(resolve(output)), '.standalone-'));
  const made = join(folder.path, basename(output));
  const glibc = await writeStandalone(input, made, values.libc, basename(output));
  const proven = process.platform === 'linux' && glibc.loader.architecture === process.arch;
  if (proven) {
    const { code, stderr } = await runProgram([made, '--version'], { env: {} });
    if (code !== 0) throw new Error(`The file that was made does not start (${code}): ${stderr.trim()}`);
  }
  await rename(made, output);
  console.log(`${output} with glibc ${glibc.version} (${glibc.build})${proven ? '' : '; not proven here to start'}`);
});
