import { alignUp } from './pieces.ts';
import type { ProgramHeader } from './program-headers.ts';
import type { SharedLibrary } from './shared-library.ts';

/** The loader as it is to be in memory before its first instruction. */
export interface LoaderImage {
  /** All of it, from its address 0. What it has no bytes for is zero. */
  readonly bytes: Uint8Array;
  /** Which parts are mapped, and how. */
  readonly parts: readonly { readonly begin: number; readonly end: number; readonly flags: number }[];
}

/**
 * Lays the loader's segments out as the kernel would. Memory that has no bytes in the file (p_memsz beyond p_filesz)
 * becomes zeros, also up to the end of the last page: the loader takes its first memory from there.
 */
export function loaderImage({ bytes, loads }: SharedLibrary, alignment: number): LoaderImage {
  const end = ({ p_vaddr, p_memsz }: ProgramHeader): number => p_vaddr + p_memsz;
  const image = new Uint8Array(alignUp(Math.max(...loads.map(end)), alignment));
  for (const { p_vaddr, p_offset, p_filesz } of loads) {
    image.set(bytes.subarray(p_offset, p_offset + p_filesz), p_vaddr);
  }
  return { bytes: image, parts: loads.map((load) => ({ begin: load.p_vaddr, end: end(load), flags: load.p_flags })) };
}
