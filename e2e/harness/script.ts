/** What a message tells whole: what happened, and what to do. Where in our source that was is nobody's concern. */
export abstract class ReportedError extends Error {}

/** Somebody ended a script early. */
class InterruptedError extends ReportedError {
  override readonly name = 'InterruptedError';

  constructor() {
    super('Nothing that this has started is left running.');
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs a script. An error that is to be reported is, in its own words, and ends it with 1. */
export async function reportErrors(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ReportedError)) throw error;
    console.error(error.message);
    process.exitCode ||= 1;
  }
}

/**
 * Runs a script, which gives its exit code; errors as {@link reportErrors} has it. When somebody or the system ends it, the signal is
 * aborted, what was started has to be stopped, and the exit code is what a shell makes of the signal.
 */
export async function runScript(main: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const interrupted = new AbortController();
  for (const [name, exitCode] of Object.entries(exitCodes)) {
    process.on(name, () => {
      if (interrupted.signal.aborted) return;
      process.exitCode = exitCode;
      console.error('Interrupted; stopping what was started.');
      interrupted.abort(new InterruptedError());
    });
  }
  await reportErrors(async () => {
    const exitCode = await main(interrupted.signal);
    // It may be another by now.
    process.exitCode ||= exitCode;
  });
}
