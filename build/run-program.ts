/** How a program ended, and what it printed. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is given beside its arguments. */
export interface Surroundings {
  readonly cwd?: string;
  /** Our own environment when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads; nothing when left out. */
  readonly input?: string;
  /** Milliseconds, after which it is killed. */
  readonly timeout?: number;
  /** Gives it a process group of its own, so that a Ctrl-C is not for it. */
  readonly detached?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end, and keeps what it prints. Throws the signal's reason where that ended it. */
export async function runProgram(
  command: readonly string[],
  { input = '', signal, ...surroundings }: Surroundings = {},
): Promise<Outcome> {
  signal?.throwIfAborted();
  const child = Bun.spawn([...command], {
    ...surroundings,
    ...(signal && { signal }),
    stdio: [new Blob([input]), 'pipe', 'pipe'],
  });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  signal?.throwIfAborted();
  return { code, stdout, stderr };
}
