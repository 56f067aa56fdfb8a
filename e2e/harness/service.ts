import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { ProcessGroup } from './process-group.ts';
import { until } from './until.ts';

/** A server that a test needs beside the engine, on loopback. Dispose of it. */
export interface Service extends AsyncDisposable {
  readonly port: number;
}

/** Starts a program on a free port, in a folder that goes with it, and waits until it answers. @throws DeadlineError */
export async function startService(
  name: string,
  command: (port: number) => readonly [string, ...string[]],
  answers: (port: number) => Promise<boolean>,
): Promise<Service> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(await realpath(tmpdir()), `${name}-`));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const [port = 0] = await freePorts(1);
  const group = new ProcessGroup({
    command: command(port),
    folder,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: folder, TMPDIR: folder },
    logFile: join(folder, `${name}.log`),
  });
  started.defer(() => group.stop());
  await until(`${name} answers`, 30, () => answers(port));
  const all = started.move();
  return { port, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
