import { resolve } from 'node:path';
import { DockerError, whyNoDocker } from './docker.ts';

const root = resolve(import.meta.dir, '../..');

/** `docker compose`, or docker-compose where that is what there is; undefined where there is neither. */
async function composeCommand(): Promise<readonly string[] | undefined> {
  if (Bun.which('docker') !== null) {
    const { exitCode } = await Bun.$`docker compose version`.nothrow().quiet();
    if (exitCode === 0) return ['docker', 'compose'];
  }
  return Bun.which('docker-compose') === null ? undefined : ['docker-compose'];
}

/** Why nothing can be started with compose here; undefined where it can. */
export async function whyNoCompose(): Promise<string | undefined> {
  const why = await whyNoDocker();
  if (why !== undefined || (await composeCommand()) !== undefined) return why;
  return 'there is neither `docker compose` nor docker-compose; install one, or run natively.';
}

/** Runs a command of compose on compose.yaml and images.env. @throws DockerError */
export async function compose(words: readonly string[], signal?: AbortSignal): Promise<string> {
  const command = await composeCommand();
  if (command === undefined) throw new DockerError('compose', 'there is neither `docker compose` nor docker-compose.');
  const child = Bun.spawn(
    [...command, '--project-name=vault-plugin-secrets-litellm', '--env-file=images.env', ...words],
    {
      cwd: root,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  signal?.throwIfAborted();
  if (code !== 0) throw new DockerError(`compose ${words.join(' ')}`, stderr);
  return stdout;
}
