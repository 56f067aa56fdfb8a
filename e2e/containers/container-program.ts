import { appendFile } from 'node:fs/promises';
import type { StartedTestContainer } from 'testcontainers';
import type { ProcessInfo } from '../harness/processes.ts';
import type { ProgramOptions, RunningProgram } from '../harness/running-program.ts';
import { docker } from './docker.ts';
import { hostContainer } from './host-container.ts';

/** An engine in a container on the host's network, which sees its folder under the same path as the host does. */
export class ContainerProgram implements RunningProgram {
  readonly exited: Promise<number>;
  readonly id: string;
  readonly #container: StartedTestContainer;
  #running = true;

  private constructor(container: StartedTestContainer) {
    this.#container = container;
    this.id = container.getId();
    this.exited = docker(['wait', this.id]).then((code) => {
      this.#running = false;
      return Number(code);
    });
  }

  /** Starts the first word of the command, which the image has on its PATH. */
  static async start(image: string, { command, folder, env, logFile }: ProgramOptions): Promise<ContainerProgram> {
    const [program, ...words] = command;
    const container = await hostContainer(image)
      .withBindMounts([{ source: folder, target: folder, mode: 'z' }])
      .withWorkingDir(folder)
      .withEnvironment(Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PATH')))
      .withEntrypoint([program])
      .withCommand(words)
      // What it writes into the folder has to be removed by us.
      .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
      .withLogConsumer((stream) => stream.on('data', (line: string) => void appendFile(logFile, line)))
      .start();
    return new ContainerProgram(container);
  }

  get running(): boolean {
    return this.#running;
  }

  /** What the program started, by their ids on the host. @throws DockerError */
  async children(): Promise<readonly ProcessInfo[]> {
    const table = await docker(['top', this.id, '-o', 'pid,ppid,pgid,args']).catch(async (error: unknown) => {
      if ((await docker(['inspect', '--format={{.State.Running}}', this.id])) === 'true') throw error;
      return '';
    });
    const rows = table.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/gm);
    const all = Array.from(rows, ([, pid, parent, group, command = '']) => {
      return { pid: Number(pid), parent: Number(parent), group: Number(group), command };
    });
    return all.filter(({ parent }) => all.some(({ pid }) => pid === parent));
  }

  signal(name: NodeJS.Signals): void {
    if (this.#running) void docker(['kill', `--signal=${name}`, this.id]).catch(() => undefined);
  }

  /** Ends the program, by force if it takes over `seconds`. What it started always ends with it, as a container does. */
  async stop(seconds = 15): Promise<void> {
    try {
      if (!this.#running) return;
      this.signal('SIGTERM');
      const timer = setTimeout(() => this.signal('SIGKILL'), seconds * 1000);
      await this.exited;
      clearTimeout(timer);
    } finally {
      await this.#container.stop({ timeout: 1 }).catch(() => undefined);
      await docker(['rm', '--force', '--volumes', this.id]).catch(() => undefined);
    }
  }
}
