import { join } from 'node:path';
import type { Architecture } from './elf-header.ts';

/** Where the stub's machine code for a processor stands in the tree; stub/make.ts makes it from stub/start.c. */
export const stubFile = (architecture: Architecture): string =>
  join(import.meta.dir, 'stub', `start-${architecture}.bin`);

/** The stub's machine code. It can be at any address that is a multiple of STUB_ALIGNMENT, and its plan follows it. */
export const readStub = (architecture: Architecture): Promise<Uint8Array> => Bun.file(stubFile(architecture)).bytes();

/** The code for arm64 names places by their page (4096 bytes) and the distance in it. */
export const STUB_ALIGNMENT = 4096;
