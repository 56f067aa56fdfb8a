import { runProgram, type Surroundings } from '../../build/run-program.ts';
import { ReportedError } from '../harness/script.ts';

/** Docker refused something, in its own words, or there is none. */
export class DockerError extends ReportedError {
  override readonly name = 'DockerError';

  constructor(what: string, said: string) {
    super(what === '' ? said : `docker ${what}: ${lastOf(said) ?? 'it said nothing'}`);
  }
}

/** The last line that says something, and not where to read on or that it was said above. */
const lastOf = (said: string): string | undefined =>
  said
    .split('\n')
    .filter((line) => !/^\s*$|^(?:Run|See) '|^Encountered errors /.test(line))
    .at(-1);

/** Runs a program of Docker's and gives what it prints; `what` it is to do stands in the error. @throws DockerError, or the signal's reason */
export async function runDocker(
  what: string,
  argv: readonly string[],
  surroundings: Surroundings = {},
): Promise<string> {
  // A Ctrl-C is for whoever called, who may have to end with this what was started.
  const { code, stdout, stderr } = await runProgram(argv, { ...surroundings, detached: true });
  if (code !== 0) throw new DockerError(what, stderr);
  return stdout.trim();
}

/** Runs one command of the docker command line. @throws DockerError, or the signal's reason */
export async function docker(words: readonly string[], signal?: AbortSignal): Promise<string> {
  return await runDocker(words[0] ?? '', ['docker', ...words], { signal });
}

/** The last lines that a container has printed, to wherever, without colours, empty ones and keys. @throws DockerError */
export async function dockerLog(id: string): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await Bun.$`docker logs --tail=100 ${id}`.nothrow().quiet();
  if (exitCode !== 0) throw new DockerError('logs', stderr.toString());
  // An engine says on standard output why it does not start, and logs on the other; LiteLLM does the opposite.
  return [stderr, stdout].flatMap((text) =>
    Bun.stripANSI(text.toString())
      .split('\n')
      // A development server shows both.
      .filter((line) => line.trim() !== '' && !/^\s*(?:Unseal Key|Root Token)\b/.test(line))
      .slice(-8),
  );
}

/** Why no container can be started here, and the way out; undefined where one can. */
export async function whyNoDocker(platform: NodeJS.Platform = process.platform): Promise<string | undefined> {
  if (platform !== 'linux')
    return 'only on Linux do containers have the network of the machine and run what it builds.';
  if (Bun.which('docker') === null) return 'there is no docker on the PATH; install Docker, or run natively.';
  try {
    await docker(['version', '--format={{.Server.Version}}']);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const rights = /permission denied/i.test(said);
    return rights
      ? 'this user has no right to Docker; join the group docker, or set DOCKER_HOST.'
      : `Docker does not answer (${said}); start it, or set DOCKER_HOST.`;
  }
}

/** What every container and every image of a run carries, with the run's own E2E_SESSION as its value. */
export const sessionLabel = 'vault-plugin-secrets-litellm.e2e';

/**
 * Removes what a look finds, until it has found nothing twice: Docker may still make what it was asked for by somebody who is gone, and
 * what is being removed already cannot be removed now.
 * @throws DockerError where something is still there after twenty seconds
 */
export async function removeAllOf<Found>(
  look: () => Promise<readonly Found[]>,
  remove: (found: readonly Found[]) => Promise<unknown>,
): Promise<void> {
  const end = performance.now() + 20_000;
  for (let empty = 0; empty < 2;) {
    const found = await look();
    empty = found.length === 0 ? empty + 1 : 0;
    try {
      if (found.length > 0) await remove(found);
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    if (empty < 2) await Bun.sleep(300);
  }
}

/** Removes the containers and images that a run has left, if it was ended early. @throws DockerError */
export async function removeLeftovers(session: string): Promise<void> {
  const label = `--filter=label=${sessionLabel}=${session}`;
  const ids = async (...words: readonly string[]): Promise<readonly string[]> =>
    [...new Set((await docker([...words, '--quiet', label])).split('\n'))].filter((id) => id !== '');
  try {
    await removeAllOf(
      () => ids('ps', '--all'),
      (found) => docker(['rm', '--force', '--volumes', ...found]),
    );
  } finally {
    const images = await ids('images');
    if (images.length > 0) await docker(['image', 'rm', '--force', ...images]);
  }
}
