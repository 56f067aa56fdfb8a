import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { DT_NEEDED, type DynamicFile, namesOf, readDynamicFile } from '../../../build/standalone/dynamic-section.ts';
import {
  type ElfHeader,
  onlySegment,
  PF_W,
  PF_X,
  type ProgramHeader,
  PT_INTERP,
  PT_PHDR,
} from '../../../build/standalone/elf-file.ts';
import { makeStandalone } from '../../../build/standalone/standalone.ts';
import { readStub } from '../../../build/standalone/start-code.ts';
import { readVersionNeeds } from '../../../build/standalone/symbol-versions.ts';
import { type HelloProgram, makeHelloProgram } from './hello-program.ts';

if (process.platform === 'linux') {
  let hello: HelloProgram;
  let made: DynamicFile;
  let bytes: Uint8Array;
  let header: ElfHeader;
  let segments: readonly ProgramHeader[];
  let loads: readonly ProgramHeader[];
  beforeAll(async () => {
    hello = await makeHelloProgram();
    made = readDynamicFile('standalone', await readFile(hello.standalone));
    ({ bytes, header, segments, loads } = made);
  }, 60_000);
  afterAll(() => hello.remove());

  const contains = ({ p_offset, p_filesz }: ProgramHeader, offset: number): boolean =>
    offset >= p_offset && offset < p_offset + p_filesz;

  test('the same files give the same bytes', async () => {
    const stub = await readStub(hello.program.architecture);
    const again = makeStandalone(hello.program, hello.glibc, stub, 'hello');
    expect(Buffer.compare(again, bytes)).toBe(0);
  });

  test('the input is left alone', async () => {
    expect(Buffer.compare(hello.program.bytes, await readFile(hello.plain))).toBe(0);
  });

  describe('the table of segments', () => {
    test('names no interpreter, and the rest of what was there', () => {
      const kept = hello.program.segments.filter(({ p_type }) => p_type !== PT_INTERP && p_type !== PT_PHDR);
      expect(segments.some(({ p_type }) => p_type === PT_INTERP)).toBe(false);
      expect(segments).toEqual(expect.arrayContaining([...kept]));
    });

    test('is where it says it is, in memory that is mapped', () => {
      const table = onlySegment(made, PT_PHDR, 'PT_PHDR');
      expect(table).toMatchObject({ p_offset: header.e_phoff, p_filesz: header.e_phnum * header.e_phentsize });
      const holder = loads.find((load) => contains(load, table.p_offset));
      expect(holder).toBeDefined();
      expect(table.p_vaddr - table.p_offset).toBe((holder?.p_vaddr ?? 0) - (holder?.p_offset ?? 0));
    });

    test('maps whole pages that do not overlap, in the order of their addresses', () => {
      let end = 0;
      for (const { p_vaddr, p_memsz, p_offset, p_filesz, p_align } of loads) {
        expect(p_vaddr % p_align).toBe(p_offset % p_align);
        expect(Math.floor(p_vaddr / p_align) * p_align).toBeGreaterThanOrEqual(end);
        expect(p_offset + p_filesz).toBeLessThanOrEqual(bytes.length);
        end = p_vaddr + p_memsz;
      }
    });

    test('has nothing that is writable and executable', () => {
      expect(loads.filter(({ p_flags }) => p_flags & PF_W && p_flags & PF_X)).toEqual([]);
    });

    test('begins the program in code that was not there before', () => {
      const at = loads.find(({ p_vaddr, p_memsz }) => header.e_entry >= p_vaddr && header.e_entry < p_vaddr + p_memsz);
      expect((at?.p_flags ?? 0) & PF_X).toBe(PF_X);
      expect(hello.program.segments).not.toContainEqual(at);
    });
  });

  test('the libraries are asked for as open files, and their versions by the same names', () => {
    const paths = hello.program.libraryNames.map((name) => `/proc/self/fd/${name}`);
    const needed = namesOf(made, DT_NEEDED);
    expect(needed.toSorted()).toEqual([...paths, hello.glibc.loader.name].toSorted());
    for (const { library } of readVersionNeeds(made)) expect(needed).toContain(library);
  });

  test('of the program itself, nothing else has changed', () => {
    const { program } = hello;
    const end = Math.max(...program.loads.map(({ p_offset, p_filesz }) => p_offset + p_filesz));
    const places = [
      { what: 'the header', from: 0, to: program.header.e_ehsize },
      ...program.entries.map(({ offset }) => ({
        what: 'an entry for the loader',
        from: offset,
        to: offset + 16,
      })),
      ...program.versionNeeds.map(({ offset }) => ({ what: 'a version need', from: offset, to: offset + 16 })),
    ].toSorted((one, other) => one.from - other.from);
    let from = 0;
    for (const place of [...places, { from: end, to: end }]) {
      expect(Buffer.compare(bytes.subarray(from, place.from), program.bytes.subarray(from, place.from))).toBe(0);
      from = place.to;
    }
  });

  test('each file of the C library is in it as it was', () => {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const { bytes: library } of hello.glibc.libraries) expect(file.includes(library)).toBe(true);
  });
}
