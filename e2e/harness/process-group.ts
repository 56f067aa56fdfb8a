import { closeSync, openSync } from 'node:fs';
import { listProcesses, type ProcessInfo } from './processes.ts';
import { LeftBehindError, type ProgramOptions, type RunningProgram } from './running-program.ts';
import { until } from './until.ts';

const guardName = 'process-group-guard';

/*
 * The shell becomes the program; a copy of it stays in the same process group and waits for the end of the pipe that its starter
 * holds open. It comes with the starter's death, however that died: then the copy ends the program, after ten seconds the whole
 * group, and removes the folder. As long as the copy lives, the group's number can mean nobody else.
 */
const guardScript = `
folder=$1
shift
{
  trap '' HUP INT TERM
  read -r _ <&3
  kill -TERM $$
  n=0
  while kill -0 $$ && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
  kill -0 $PPID || rm -rf "$folder"
  kill -KILL -$$
} >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** A program in a process group of its own, with all that it starts; it dies with the process that started it. */
export class ProcessGroup implements RunningProgram {
  /** The program's process, and its group's number. */
  readonly pid: number;
  /** Settles with the exit code, or with minus the signal's number, when the program ends. */
  readonly exited: Promise<number>;
  readonly #child: Bun.Subprocess;
  /** Our end of the guard's pipe. Not standard input: Bun closes that as soon as the program ends. */
  readonly #lifeline: number;

  constructor({ command, folder, env, logFile }: ProgramOptions) {
    const log = openSync(logFile, 'a', 0o600);
    try {
      this.#child = Bun.spawn(['/bin/sh', '-c', guardScript, guardName, folder, ...command], {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', log, log, 'pipe'],
      });
    } finally {
      closeSync(log);
    }
    const lifeline = this.#child.stdio[3];
    if (typeof lifeline !== 'number') throw new TypeError('no pipe to the guard');
    this.#lifeline = lifeline;
    this.pid = this.#child.pid;
    this.exited = this.#child.exited;
  }

  /** Whether the program still runs. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The program and what it started, without the guard. */
  async processes(): Promise<readonly ProcessInfo[]> {
    const all = await listProcesses();
    return all.filter(({ group, command }) => group === this.pid && !command.includes(guardName));
  }

  /** What the program started. */
  async children(): Promise<readonly ProcessInfo[]> {
    return (await this.processes()).filter(({ pid }) => pid !== this.pid);
  }

  /** Sends the program a signal, and the program alone. */
  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child.kill(name);
  }

  /**
   * Ends the program, by force if it takes over `seconds`, and waits for what it started to end by itself.
   * @throws LeftBehindError where something did not; nothing of the group is left then either.
   */
  async stop(seconds = 15): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), seconds * 1000);
    await this.exited;
    clearTimeout(timer);
    const left = await this.#survivors();
    closeSync(this.#lifeline);
    await until('the process group is empty', 15, async () => !isGroupThere(this.pid));
    if (left.length > 0) throw new LeftBehindError(left);
  }

  async #survivors(): Promise<readonly ProcessInfo[]> {
    try {
      await until('the children are gone', 5, async () => (await this.children()).length === 0);
      return [];
    } catch {
      return this.children();
    }
  }
}

function isGroupThere(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
