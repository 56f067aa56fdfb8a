import { join } from 'node:path';
import type { Architecture } from './elf-file.ts';
import { Pieces } from './pieces.ts';

/** Variables that begin like this let whoever sets them run code in the program or its loader, or weaken it. */
export const droppedVariables: readonly string[] = ['BUN_', 'NODE_', 'LD_', 'GLIBC_'];

/**
 * How many fetches Bun runs at once: 256 unless this variable says otherwise, which counts only where it stands before
 * the program starts. It is a number of 16 bits, and this is its highest. Each mount has a bound of its own (max_in_flight
 * in config), which must be the only one: mounts that wait for a LiteLLM that hangs would stop all others.
 */
export const addedVariable = 'BUN_CONFIG_MAX_HTTP_REQUESTS=65535';

/** The code for arm64 names places by their page (4096 bytes) and the distance in it. */
export const STUB_ALIGNMENT = 4096;

/** Where the stub's machine code for a processor stands in the tree; stub/make.ts makes it from stub/start.c. */
export const stubFile = (architecture: Architecture): string =>
  join(import.meta.dir, 'stub', `start-${architecture}.bin`);

/** The stub's machine code. It can be at any address that is a multiple of STUB_ALIGNMENT, and its plan follows it. */
export const readStub = (architecture: Architecture): Promise<Uint8Array> => Bun.file(stubFile(architecture)).bytes();

/** What the stub does with one library. Addresses are those in the running process. */
export interface ProvidedLibrary {
  readonly name: string;
  readonly content: number;
  readonly contentSize: number;
  /** The path that the loader will be asked for, and where in it the number of the open file goes. */
  readonly path: number;
  readonly pathNumber: number;
}

/** What the stub has to know: `struct plan` of stub/start.c, but for the texts. Addresses are those in the running process. */
export interface StartFacts {
  /** What the kernel would have told the loader, had it started that. */
  readonly programHeaders: number;
  readonly programHeaderCount: number;
  readonly programEntry: number;
  readonly loaderBase: number;
  readonly loaderEntry: number;
  /** The pages that hold every library's content. */
  readonly libraryPages: { readonly begin: number; readonly size: number };
  readonly libraries: readonly ProvidedLibrary[];
}

/** Size in bytes of each field of the plan. */
const WORD = 8;
const HEAD_WORDS = 20;
const LIBRARY_WORDS = 5;

/**
 * The stub, its plan behind it, and behind that the texts that the plan points to.
 *
 * @param stub - The machine code.
 * @param address - Where all of it will be.
 * @param program - What the program calls itself when it cannot start.
 */
export function startCode(stub: Uint8Array, address: number, program: string, facts: StartFacts): Uint8Array {
  const { libraries, libraryPages } = facts;
  const planSize = WORD * (HEAD_WORDS + LIBRARY_WORDS * libraries.length);
  const texts = new Pieces(address + stub.length + planSize);
  // Keep in step with stub/start.c: the same fields in the same order.
  const plan = [
    ...[facts.programHeaders, facts.programHeaderCount, facts.programEntry, facts.loaderBase, facts.loaderEntry],
    // Each text ends with a zero, and one more ends the list.
    texts.addText(`${droppedVariables.join('\0')}\0`),
    texts.addText(addedVariable),
    ...failureLines(program, libraries).flatMap((line) => [texts.addText(line), Buffer.byteLength(line)]),
    ...[libraryPages.begin, libraryPages.size, libraries.length],
    ...libraries.flatMap(({ name, content, contentSize, path, pathNumber }) => [
      ...[content, contentSize, texts.addText(name), path, pathNumber],
    ]),
  ];
  if (plan.length * WORD !== planSize)
    throw new Error(`the plan has ${plan.length} words, and its texts begin elsewhere`);
  return Buffer.concat([stub, new Uint8Array(BigUint64Array.from(plan, BigInt).buffer), texts.bytes()]);
}

/** The one line that goes to stderr before the program ends with 127, for each thing that can be missing. */
function failureLines(program: string, libraries: readonly ProvidedLibrary[]): readonly string[] {
  const sizes = libraries.map(({ contentSize }) => contentSize);
  const largest = Math.max(...sizes);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return [
    'memfd_create does not work here (a kernel before Linux 3.17, or a seccomp filter that forbids it)',
    'no file descriptor is free (see ulimit -n)',
    `the limit for the size of files is too small (ulimit -f; ${largest} bytes are needed)`,
    `no memory for the C library (${all} bytes are needed)`,
    '/proc is not mounted, or does not show this process its own files (/proc/self/fd)',
  ].map((fact) => `${program}: cannot start: ${fact}\n`);
}
