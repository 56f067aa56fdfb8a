/** Docker refused something, in its own words, or there is none. */
export class DockerError extends Error {
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

/** The last lines of a container's standard error, or else of its standard output, without colours and empty ones. @throws DockerError */
export async function dockerLog(id: string): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await Bun.$`docker logs --tail=100 ${id}`.nothrow().quiet();
  if (exitCode !== 0) throw new DockerError('logs', stderr.toString());
  const [said = [], printed = []] = [stderr, stdout].map((text) =>
    Bun.stripANSI(text.toString())
      .split('\n')
      .filter((line) => line.trim() !== ''),
  );
  return (said.length > 0 ? said : printed).slice(-10);
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

/** What every container of a run carries, with the run's own E2E_SESSION as its value. */
export const sessionLabel = 'vault-plugin-secrets-litellm.e2e';

/** Removes what a run has left, if it was killed. */
export async function removeContainers(session: string): Promise<void> {
  const ids = await docker(['ps', '--all', '--quiet', `--filter=label=${sessionLabel}=${session}`]);
  if (ids !== '') await docker(['rm', '--force', ...ids.split('\n')]);
}
