import { Pieces } from './pieces.ts';
import { planBytes, type PlanHead, planSize } from './plan.ts';
import { type StartFailure, startFailureLines } from './start-failures.ts';

/** Variables that begin like this let whoever sets them run code in the program or its loader, or weaken it. */
export const droppedVariables: readonly string[] = ['BUN_', 'NODE_', 'LD_', 'GLIBC_'];

/**
 * How many fetches Bun runs at once: 256 unless this variable says otherwise, which counts only where it stands before
 * the program starts. It is a number of 16 bits, and this is its highest. Each mount has a bound of its own (max_in_flight
 * in config), which must be the only one: mounts that wait for a LiteLLM that hangs would stop all others.
 */
export const addedVariable = 'BUN_CONFIG_MAX_HTTP_REQUESTS=65535';

/** What the stub does with one library. Addresses are those in the running process. */
export interface ProvidedLibrary {
  readonly name: string;
  readonly content: number;
  readonly contentSize: number;
  /** The path that the loader will be asked for, and where in it the number of the open file goes. */
  readonly path: number;
  readonly pathNumber: number;
}

/** What the stub has to know besides the libraries: the plan without the texts. */
export type StartFacts = Omit<PlanHead, StartFailure | `${StartFailure}_size` | 'dropped_variables' | 'added_variable'>;

/**
 * The stub, its plan behind it, and behind that the texts that the plan points to.
 *
 * @param stub - The machine code.
 * @param address - Where all of it will be.
 * @param program - What the program calls itself when it cannot start.
 */
export function startCode(
  stub: Uint8Array,
  address: number,
  program: string,
  facts: StartFacts,
  libraries: readonly ProvidedLibrary[],
): Uint8Array {
  const texts = new Pieces(address + stub.length + planSize(libraries.length));
  const lines = startFailureLines(
    program,
    libraries.map(({ contentSize }) => contentSize),
  );
  const head: PlanHead = {
    ...facts,
    // Each text ends with a zero, and one more ends the list.
    dropped_variables: texts.addText(`${droppedVariables.join('\0')}\0`),
    added_variable: texts.addText(addedVariable),
    no_memfd: texts.addText(lines.no_memfd),
    no_memfd_size: Buffer.byteLength(lines.no_memfd),
    no_descriptor: texts.addText(lines.no_descriptor),
    no_descriptor_size: Buffer.byteLength(lines.no_descriptor),
    file_size_limit: texts.addText(lines.file_size_limit),
    file_size_limit_size: Buffer.byteLength(lines.file_size_limit),
    no_memory: texts.addText(lines.no_memory),
    no_memory_size: Buffer.byteLength(lines.no_memory),
    no_proc: texts.addText(lines.no_proc),
    no_proc_size: Buffer.byteLength(lines.no_proc),
  };
  const plan = planBytes(
    head,
    libraries.map(({ name, content, contentSize, path, pathNumber }) => ({
      content,
      content_size: contentSize,
      memfd_name: texts.addText(name),
      path,
      path_number: pathNumber,
    })),
  );
  return Buffer.concat([stub, plan, texts.bytes()]);
}
