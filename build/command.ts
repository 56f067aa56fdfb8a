/**
 * Runs a script. Where it cannot do what is asked, it says why, without the place in our source, and ends with 1; when somebody or the
 * system ends it, the signal aborts and it ends with 130.
 */
export async function runCommand(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  try {
    await main(interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) console.error(error instanceof Error ? error.message : error);
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
  }
}
