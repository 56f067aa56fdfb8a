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

/** Runs one command of the docker command line. @throws DockerError */
export async function docker(words: readonly string[], signal?: AbortSignal): Promise<string> {
  const child = Bun.spawn(['docker', ...words], {
    // A Ctrl-C is for whoever called, who may have to end with this what was started.
    detached: true,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    ...(signal === undefined ? {} : { signal }),
  });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  signal?.throwIfAborted();
  if (code !== 0) throw new DockerError(words[0] ?? '', stderr);
  return stdout.trim();
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

/** Removes the containers and images that a run has left, if it was ended early. @throws DockerError */
export async function removeLeftovers(session: string): Promise<void> {
  const label = `label=${sessionLabel}=${session}`;
  // Docker may still make what it was asked for by somebody who is gone.
  for (let empty = 0; empty < 2; await Bun.sleep(empty === 1 ? 500 : 0)) {
    const containers = await docker(['ps', '--all', '--quiet', `--filter=${label}`]);
    if (containers !== '') await docker(['rm', '--force', '--volumes', ...containers.split('\n')]);
    empty = containers === '' ? empty + 1 : 0;
  }
  const images = await docker(['images', '--quiet', `--filter=${label}`]);
  if (images !== '') await docker(['image', 'rm', '--force', ...new Set(images.split('\n'))]);
}
