/** A process whose output is kept. */
export type Child = Bun.Subprocess<'ignore', 'pipe', 'pipe'>;

/** How a process ended, and what it printed that was not read before. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run, where that is not as it is here. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which it is ended. */
  readonly timeout?: number;
  /** Gives it a process group of its own, so that a Ctrl-C is not for it. */
  readonly detached?: boolean;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts a program without input. */
export function startProgram(words: readonly string[], { signal, ...options }: RunOptions = {}): Child {
  return Bun.spawn([...words], { ...options, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
}

/** Runs a program to its end. @throws the signal's reason */
export async function run(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  options.signal?.throwIfAborted();
  const outcome = await outcomeOf(startProgram(words, options));
  options.signal?.throwIfAborted();
  return outcome;
}

/** Waits for the end of a process. */
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
