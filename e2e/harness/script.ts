/** What a message tells whole: what happened, and what to do. Where in our source that was is nobody's concern. */
export abstract class ReportedError extends Error {
  /** What a script ends with. */
  readonly exitCode: number = 1;
}

/** The arguments make no sense; the message says which, and a script shows its usage. */
export class UsageError extends ReportedError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** Somebody ended a script early. */
class InterruptedError extends ReportedError {
  override readonly name = 'InterruptedError';

  constructor() {
    super('Nothing that this has started is left running.');
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Runs a script, which gives its exit code. An error that is to be reported is, in its own words, and ends it with the error's exit code;
 * where that is 2, the `usage` follows. When somebody or the system ends it, or whoever started it is gone, the signal is aborted, what was started has to be stopped,
 * and the exit code is what a shell makes of the signal.
 */
export async function runScript(main: (signal: AbortSignal) => Promise<number>, usage = ''): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (exitCode: number): void => {
    if (interrupted.signal.aborted) return;
    process.exitCode = exitCode;
    console.error('Interrupted; stopping what was started.');
    interrupted.abort(new InterruptedError());
  };
  for (const [name, exitCode] of Object.entries(exitCodes)) process.on(name, () => interrupt(exitCode));
  // A starter that is killed tells nobody.
  const starter = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== starter) interrupt(exitCodes.SIGHUP);
  }, 500);
  try {
    const exitCode = await main(interrupted.signal);
    // It may be another by now.
    process.exitCode ||= exitCode;
  } catch (error) {
    if (!(error instanceof ReportedError)) throw error;
    console.error(error.exitCode === 2 ? `${error.message}\n\n${usage}` : error.message);
    process.exitCode ||= error.exitCode;
  } finally {
    clearInterval(watch);
  }
}
