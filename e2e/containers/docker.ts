/** Docker refused something, in its own words, or there is none. */
export class DockerError extends Error {
  override readonly name = 'DockerError';

  constructor(what: string, said: string) {
    super(what === '' ? said : `docker ${what}: ${lastOf(said) ?? 'it said nothing'}`);
  }
}

/** The last line that says something, and not where to read on. */
const lastOf = (said: string): string | undefined =>
  said
    .split('\n')
    .filter((line) => !/^\s*$|^(?:Run|See) '/.test(line))
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

/** Why no container can be started here, and the way out; undefined where one can. */
export async function whyNoDocker(): Promise<string | undefined> {
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
