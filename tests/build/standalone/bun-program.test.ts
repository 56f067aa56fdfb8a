import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { readBunProgram } from '../../../build/standalone/bun-program.ts';
import { DT_NEEDED, DT_RUNPATH, DT_VERNEED, namesOf } from '../../../build/standalone/dynamic-section.ts';
import { ET_DYN, ET_EXEC, PT_INTERP, PT_PHDR, writeElfHeader } from '../../../build/standalone/elf-file.ts';
import { UnexpectedFileError } from '../../../build/standalone/unexpected-file-error.ts';
import { type HelloProgram, makeHelloProgram } from './hello-program.ts';

if (process.platform === 'linux') {
  const DT_DEBUG = 21;
  let hello: HelloProgram;
  beforeAll(async () => {
    hello = await makeHelloProgram();
  }, 60_000);
  afterAll(() => hello.remove());

  test('what Bun makes is as expected', () => {
    const { program, glibc } = hello;
    expect(program.header.e_type).toBe(ET_EXEC);
    expect(program.architecture).toBe(process.arch as 'x64');
    expect(program.loaderPath).toContain(glibc.loader.name);
    expect(namesOf(program, DT_NEEDED)).toContain('libc.so.6');
    expect(program.libraryNames).not.toContain(glibc.loader.name);
    expect(program.versionNeeds.map(({ library }) => library)).toContain('libc.so.6');
  });

  /** Overwrites a text with one that is not longer. */
  const replaceText = (bytes: Uint8Array, from: string, to: string): void => {
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(`\0${from}\0`) + 1;
    if (at === 0) throw new Error(`${from} is not in the program`);
    bytes.set(Buffer.from(to.padEnd(from.length, '\0')), at);
  };
  /** Overwrites the two lowest bytes of the first field of a segment's or an entry's record. */
  const setTag = (bytes: Uint8Array, offset: number, tag: number): void => {
    bytes.set([tag & 0xff, tag >> 8], offset);
  };
  const segmentAt = (type: number): number =>
    hello.program.header.e_phoff +
    hello.program.header.e_phentsize * hello.program.segments.findIndex(({ p_type }) => p_type === type);

  const cases: readonly {
    readonly name: string;
    readonly spoil: (bytes: Uint8Array) => Uint8Array | void;
    readonly says: string;
  }[] = [
    { name: 'no ELF file', spoil: (bytes) => bytes.fill(0xcf, 0, 64), says: 'is not an ELF file' },
    { name: 'an empty file', spoil: () => new Uint8Array(), says: 'too short' },
    { name: 'a 32-bit file', spoil: (bytes) => writeElfHeader(bytes, { ei_class: 1 }), says: 'is not a 64-bit' },
    { name: 'another processor', spoil: (bytes) => writeElfHeader(bytes, { e_machine: 8 }), says: 'e_machine 8' },
    {
      name: 'a position-independent file',
      spoil: (bytes) => writeElfHeader(bytes, { e_type: ET_DYN }),
      says: 'is not a program at fixed addresses',
    },
    { name: 'a file that is cut off', spoil: (bytes) => bytes.subarray(0, bytes.length / 2), says: 'is cut off' },
    {
      name: 'a bundle elsewhere',
      spoil: (bytes) => replaceText(bytes, '.bun', '.foo'),
      says: 'has no .bun section',
    },
    {
      name: 'a file without sections',
      spoil: (bytes) => writeElfHeader(bytes, { e_shnum: 0 }),
      says: 'has no .bun section',
    },
    {
      name: 'a damaged table of segments',
      spoil: (bytes) => writeElfHeader(bytes, { e_phentsize: 32 }),
      says: 'a damaged table of segments',
    },
    { name: 'another C library', spoil: musl, says: 'is not made for glibc' },
    { name: 'no loader', spoil: (bytes) => setTag(bytes, segmentAt(PT_INTERP), 0), says: 'has no PT_INTERP' },
    {
      name: 'no segment for the table',
      spoil: (bytes) => setTag(bytes, segmentAt(PT_PHDR), 0),
      says: 'has no PT_PHDR',
    },
    {
      name: 'folders to look for libraries in',
      spoil: (bytes) =>
        setTag(bytes, hello.program.entries.find(({ tag }) => tag === DT_DEBUG)?.offset ?? 0, DT_RUNPATH),
      says: 'looks for libraries in folders of its own',
    },
    {
      name: 'libraries of any version',
      spoil: (bytes) => bytes.fill(0, versionNeedsEntry(), versionNeedsEntry() + 2),
      says: 'does not say which versions',
    },
    {
      name: 'libraries by path',
      spoil: (bytes) => replaceText(bytes, 'libm.so.6', '/libm.so'),
      says: 'does not name its libraries as expected',
    },
  ];

  function versionNeedsEntry(): number {
    return hello.program.entries.find(({ tag }) => tag === DT_VERNEED)?.offset ?? 0;
  }

  function musl(bytes: Uint8Array): void {
    const { p_offset } = hello.program.segments.find(({ p_type }) => p_type === PT_INTERP) ?? { p_offset: 0 };
    bytes.set(Buffer.from('/lib/ld-musl.so\0'), p_offset);
  }

  describe('nothing is made from', () => {
    for (const { name, spoil, says } of cases) {
      test(name, () => {
        const bytes = new Uint8Array(hello.program.bytes);
        const spoilt = spoil(bytes);
        const read = (): unknown => readBunProgram('some/file', spoilt instanceof Uint8Array ? spoilt : bytes);
        expect(read).toThrow(UnexpectedFileError);
        expect(read).toThrow(says);
        expect(read).toThrow('some/file');
      });
    }

    test('a file that is standalone already', async () => {
      const bytes = await readFile(hello.standalone);
      expect(() => readBunProgram('some/file', bytes)).toThrow(UnexpectedFileError);
    });
  });
}
