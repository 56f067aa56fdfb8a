import { defineRecord, type RecordOf } from './record.ts';

// What the start-up stub is told: `struct plan` of stub/start.c, field by field. Everything is an address in the process
// or a count; keep the two in step.

const planHead = defineRecord({
  program_headers: 8,
  program_header_count: 8,
  program_entry: 8,
  loader_base: 8,
  loader_entry: 8,
  dropped_variables: 8,
  added_variable: 8,
  no_memfd: 8,
  no_memfd_size: 8,
  no_descriptor: 8,
  no_descriptor_size: 8,
  file_size_limit: 8,
  file_size_limit_size: 8,
  no_memory: 8,
  no_memory_size: 8,
  no_proc: 8,
  no_proc_size: 8,
  library_pages: 8,
  library_pages_size: 8,
  library_count: 8,
});

const planLibrary = defineRecord({ content: 8, content_size: 8, memfd_name: 8, path: 8, path_number: 8 });

/** The part of the plan that is there once, without the number of libraries. */
export type PlanHead = Omit<RecordOf<typeof planHead>, 'library_count'>;

/** The part of the plan that is there for each library. */
export type PlanLibrary = RecordOf<typeof planLibrary>;

/** Size in bytes of a plan for so many libraries. */
export const planSize = (libraryCount: number): number => planHead.size + libraryCount * planLibrary.size;

/** The plan as the stub reads it. */
export function planBytes(head: PlanHead, libraries: readonly PlanLibrary[]): Uint8Array {
  return Buffer.concat([
    planHead.bytes({ ...head, library_count: libraries.length }),
    ...libraries.map((library) => planLibrary.bytes(library)),
  ]);
}
