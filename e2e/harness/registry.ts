import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCrane } from '../../build/crane.ts';
import { freePorts } from './free-ports.ts';
import { ProcessGroup } from './process-group.ts';
import { until } from './until.ts';

/** A registry of container images on loopback, over plain HTTP, which forgets all in the end. Dispose of it. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
}

/** Starts crane's registry. @throws NoCraneError, GoBuildError */
export async function startRegistry(): Promise<Registry> {
  const crane = await findCrane();
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'registry-'));
  const [port] = await freePorts(1);
  const host = `127.0.0.1:${port}`;
  const server = new ProcessGroup({
    command: [crane, 'registry', 'serve', `--address=${host}`],
    folder,
    env: { HOME: folder, TMPDIR: folder },
    logFile: join(folder, 'registry.log'),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('the registry answers', 30, async () => (await fetch(`http://${host}/v2/`)).ok);
    return { host, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
