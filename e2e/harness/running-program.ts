import type { ProcessInfo } from './processes.ts';

/** Processes were still there after their server had ended. */
export class LeftBehindError extends Error {
  override readonly name = 'LeftBehindError';

  constructor(left: readonly ProcessInfo[]) {
    super(
      `left behind by a server that was stopped: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`,
    );
  }
}

/** How a program is started. */
export interface ProgramOptions {
  readonly command: readonly [string, ...string[]];
  /** Its working folder, removed should the starter die without having stopped the program. */
  readonly folder: string;
  /** The whole environment, inherited by nobody's. */
  readonly env: Readonly<Record<string, string>>;
  /** Where standard output and error are appended to. */
  readonly logFile: string;
}

/** A server that was started, in whatever way. */
export interface RunningProgram {
  /** Settles with the exit code when the program ends. */
  readonly exited: Promise<number>;
  /** What the program started. */
  children(): Promise<readonly ProcessInfo[]>;
  /** Sends the program a signal, and the program alone. */
  signal(name: NodeJS.Signals): void;
  /** Ends the program. @throws LeftBehindError where something that it started did not end with it */
  stop(): Promise<void>;
}
