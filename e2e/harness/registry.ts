import { findCrane } from '../../build/crane.ts';
import { startService } from './service.ts';

/** A registry of container images on loopback, over plain HTTP, which forgets all in the end. Dispose of it. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
}

/** Starts crane's registry. @throws NoCraneError, GoBuildError, DeadlineError */
export async function startRegistry(): Promise<Registry> {
  const crane = await findCrane();
  const hostOf = (port: number): string => `127.0.0.1:${port}`;
  const service = await startService(
    'registry',
    (port) => [crane, 'registry', 'serve', `--address=${hostOf(port)}`],
    async (port) => (await fetch(`http://${hostOf(port)}/v2/`)).ok,
  );
  return { host: hostOf(service.port), [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}
