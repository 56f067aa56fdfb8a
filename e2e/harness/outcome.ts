import type { Outcome, Surroundings } from '../../build/run-program.ts';

/** A process whose output is kept. */
export type Child = Bun.Subprocess<'ignore', 'pipe', 'pipe'>;

/** Starts a program without input, and lets it run. */
export function startProgram(
  command: readonly string[],
  { signal, ...surroundings }: Omit<Surroundings, 'input'> = {},
): Child {
  return Bun.spawn([...command], { ...surroundings, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
}

/** Waits for the end of a process; what was read of its output is left out. */
export async function outcomeOf(child: Child): Promise<Outcome> {
  const rest = async (stream: ReadableStream<Uint8Array>): Promise<string> =>
    Buffer.concat(await Array.fromAsync(stream)).toString();
  const [code, stdout, stderr] = await Promise.all([child.exited, rest(child.stdout), rest(child.stderr)]);
  return { code, stdout, stderr };
}

/** Waits for something that happens while a process runs. @throws Error with what it said, where it ends first */
export async function during(child: Child, event: Promise<void>): Promise<void> {
  const ended = child.exited.then(() => 'ended' as const);
  if ((await Promise.race([event, ended])) !== 'ended') return;
  const { code, stderr } = await outcomeOf(child);
  throw new Error(`it ended with ${code}, saying: ${stderr}`);
}

/** Reads what a process prints, until it has printed `text`. @throws Error with what it said, where it ends first */
export async function printedUntil(child: Child, text: string): Promise<string> {
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let printed = '';
  while (!printed.includes(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended with ${await child.exited}, saying: ${await child.stderr.text()}`);
    printed += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return printed;
}
