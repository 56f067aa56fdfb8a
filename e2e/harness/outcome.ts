/** A process whose output is kept. */
export type Child = Bun.Subprocess<'ignore', 'pipe', 'pipe'>;

/** How a process ended, and what it printed. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for the end of a process. */
export async function outcomeOf(child: Child): Promise<Outcome> {
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, stdout, stderr };
}

/** Waits for something that happens while a process runs. @throws Error with what it said, where it ends first */
export async function during(child: Child, event: Promise<void>): Promise<void> {
  const ended = child.exited.then(() => 'ended' as const);
  if ((await Promise.race([event, ended])) !== 'ended') return;
  const { code, stderr } = await outcomeOf(child);
  throw new Error(`it ended with ${code}, saying: ${stderr}`);
}
