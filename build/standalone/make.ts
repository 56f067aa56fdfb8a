import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { readBunProgram } from './bun-program.ts';
import { findGlibc } from './glibc.ts';
import { makeStandalone } from './standalone.ts';
import { readStub } from './stub.ts';

// make.ts [--libc FOLDER] DYNAMIC STANDALONE: the step alone, for whoever wants another C library in the file.

const { values, positionals } = parseArgs({ options: { libc: { type: 'string' } }, allowPositionals: true });
const [input, output] = positionals;
if (input === undefined || output === undefined) throw new Error('usage: make.ts [--libc FOLDER] DYNAMIC STANDALONE');
const program = readBunProgram(input, await readFile(input));
const glibc = await findGlibc(program, values.libc === undefined ? [] : [values.libc]);
const made = `${output}.tmp`;
await writeFile(made, makeStandalone(program, glibc, await readStub(program.architecture), basename(output)));
await chmod(made, 0o755);
await rename(made, output);
console.log(`${output} with glibc ${glibc.version} (${glibc.build})`);
