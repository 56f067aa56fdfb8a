import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../command.ts';
import { readBunProgram } from './bun-program.ts';
import { findGlibc } from './glibc.ts';
import { makeStandalone } from './standalone.ts';
import { readStub } from './stub.ts';

// make.ts [--libc FOLDER] DYNAMIC STANDALONE: the step alone, for whoever wants another C library in the file.

const usage = 'usage: make.ts [--libc FOLDER] DYNAMIC STANDALONE';

async function make(input: string, output: string, libcFolders: readonly string[]): Promise<void> {
  const program = readBunProgram(input, await readFile(input));
  const glibc = await findGlibc(program, libcFolders);
  const made = resolve(`${output}.tmp`);
  try {
    await writeFile(made, makeStandalone(program, glibc, await readStub(program.architecture), basename(output)));
    await chmod(made, 0o755);
    const proven = program.architecture === process.arch && process.platform === 'linux';
    if (proven) await requireStart(made);
    await rename(made, output);
    console.log(`${output} with glibc ${glibc.version} (${glibc.build})${proven ? '' : '; not proven here to start'}`);
  } finally {
    await rm(made, { force: true });
  }
}

async function requireStart(file: string): Promise<void> {
  const child = Bun.spawn([file, '--version'], { env: {}, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
  const errors = await child.stderr.text();
  const code = await child.exited;
  if (code !== 0) throw new Error(`The file that was made does not start (${code}): ${errors.trim()}`);
}

await runCommand(async () => {
  const { values, positionals } = parseArgs({ options: { libc: { type: 'string' } }, allowPositionals: true });
  const [input, output] = positionals;
  if (input === undefined || output === undefined) throw new Error(usage);
  await make(input, output, values.libc === undefined ? [] : [values.libc]);
});
