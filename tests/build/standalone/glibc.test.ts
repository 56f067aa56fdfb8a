import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeElfHeader } from '../../../build/standalone/elf-file.ts';
import { findGlibc, NoGlibcError } from '../../../build/standalone/glibc.ts';
import { UnexpectedFileError } from '../../../build/standalone/unexpected-file-error.ts';
import { type HelloProgram, makeHelloProgram } from './hello-program.ts';

if (process.platform === 'linux') {
  let hello: HelloProgram;
  /** A copy of the C library's files, to be spoilt. */
  let folder: string;
  beforeAll(async () => {
    hello = await makeHelloProgram();
  }, 60_000);
  afterAll(() => hello.remove());
  beforeEach(async () => {
    folder = await mkdtemp(join(hello.folder, 'libc-'));
    for (const { name, file } of [hello.glibc.loader, ...hello.glibc.libraries]) await cp(file, join(folder, name));
  });

  test("the machine's own says what it is", () => {
    expect(hello.glibc.version).toMatch(/^2\.\d+$/);
    expect(hello.glibc.build).not.toBe('');
    expect(hello.glibc.libraries.map(({ name }) => name)).toEqual([...hello.program.libraryNames]);
  });

  test('exact files can be given', async () => {
    const { loader, libraries } = await findGlibc(hello.program, ['/absent', folder]);
    for (const { file } of [loader, ...libraries]) expect(dirname(file)).toBe(folder);
  });

  test('a folder without any is told', async () => {
    const looking = findGlibc(hello.program, ['/absent']);
    expect(looking).rejects.toThrow(NoGlibcError);
    expect(looking).rejects.toThrow('/absent');
  });

  const replaceAll = (bytes: Buffer, from: string, to: string): void => {
    if (!bytes.includes(from)) throw new Error(`${from} is not in the file`);
    for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  };
  const cases: readonly {
    readonly name: string;
    readonly library: string;
    /** Changes the bytes, or gives others. */
    readonly spoil: ((bytes: Buffer) => void | Buffer) | undefined;
    readonly says: string;
  }[] = [
    { name: 'a file that is missing', library: 'libm.so.6', spoil: undefined, says: 'is missing beside the loader' },
    {
      name: 'a file for another processor',
      library: 'libm.so.6',
      spoil: (bytes) => writeElfHeader(bytes, { e_machine: process.arch === 'x64' ? 183 : 62 }),
      says: 'is for ',
    },
    {
      name: 'a program in place of a library',
      library: 'libm.so.6',
      spoil: (bytes) => writeElfHeader(bytes, { e_type: 2 }),
      says: 'is not a shared library',
    },
    {
      name: 'a library under another name',
      library: 'libm.so.6',
      spoil: (bytes) => replaceAll(bytes, '\0libm.so.6\0', '\0libx.so.6\0'),
      says: 'calls itself libx.so.6',
    },
    {
      name: 'a library that is older than the program',
      library: 'libc.so.6',
      spoil: (bytes) => replaceAll(bytes, '\0GLIBC_2.17\0', '\0GLIBC_1.17\0'),
      says: 'needs GLIBC_2.17, which this libc.so.6 does not have',
    },
    {
      name: 'a library in which name lookup is not part of it',
      library: 'libc.so.6',
      spoil: (bytes) => replaceAll(bytes, `version ${hello.glibc.version}`, 'version 2.33'),
      says: 'is glibc 2.33',
    },
    {
      name: 'a library that is cut off',
      library: 'libc.so.6',
      spoil: (bytes) => bytes.subarray(0, Math.trunc(bytes.length / 2)),
      says: 'is cut off',
    },
    {
      name: 'a loader of another build',
      library: process.arch === 'x64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1',
      spoil: (bytes) => replaceAll(bytes, 'ld.so (', 'ld.so ['),
      says: 'is not the loader of',
    },
    {
      name: 'a library that does not say what it is',
      library: 'libc.so.6',
      spoil: (bytes) => replaceAll(bytes, 'GNU C Library (', 'ANY C Library ('),
      says: 'does not say its version',
    },
  ];
  describe('nothing is made with', () => {
    for (const { name, library, spoil, says } of cases) {
      test(name, async () => {
        const file = join(folder, library);
        if (spoil === undefined) {
          await rm(file);
        } else {
          const bytes = await readFile(file);
          await writeFile(file, spoil(bytes) ?? bytes);
        }
        const error = await findGlibc(hello.program, [folder]).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(UnexpectedFileError);
        expect(String(error)).toContain(says);
      });
    }
  });
}
