import { resolve } from 'node:path';
import { docker, DockerError, dockerLog, runDocker, whyNoDocker } from './docker.ts';
import { pluginName } from '../harness/plugin.ts';
import { ReportedError } from '../harness/script.ts';

const root = resolve(import.meta.dir, '../..');

/** What compose calls all that it starts together, as it writes that; two of different names do not know of each other. */
const project = (process.env['COMPOSE_PROJECT_NAME'] || pluginName).toLowerCase().replaceAll(/[^-_a-z0-9]/g, '');

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

/**
 * Runs a command of compose on compose.yaml and images.env, with more variables than the environment's; an empty one counts as none.
 * @throws DockerError
 */
export async function compose(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  const command = await composeCommand();
  if (command === undefined) throw new DockerError('compose', 'there is neither `docker compose` nor docker-compose.');
  return await runDocker(
    `compose ${words.join(' ')}`,
    [...command, `--project-name=${project}`, '--env-file=images.env', ...words],
    {
      cwd: root,
      env: { ...Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== '')), ...env },
      signal,
    },
  );
}

/** A container that compose has started. */
export interface Service {
  readonly id: string;
  /** As compose.yaml calls it. */
  readonly name: string;
  /** Where people reach it, if compose.yaml says so. */
  readonly address: string;
  /** Whether it has not ended. */
  readonly running: boolean;
}

/** What compose has started and nobody has removed, whether it still runs or not. @throws DockerError */
export async function services(): Promise<readonly Service[]> {
  const label = (name: string): string => `{{.Label "${name}"}}`;
  const fields = ['{{.ID}}', '{{.Status}}', label('com.docker.compose.service'), label(`${pluginName}.address`)];
  const format = `--format=${fields.join('\t')}`;
  const lines = await docker(['ps', '--all', `--filter=label=com.docker.compose.project=${project}`, format]);
  return (lines === '' ? [] : lines.split('\n')).map((line) => {
    const [id = '', status = '', name = '', address = ''] = line.split('\t');
    return { id, name, address, running: status.startsWith('Up') };
  });
}

/** A service that was to run on has ended; the message has the last that it said, since its log goes with it. */
export class ServiceEndedError extends ReportedError {
  override readonly name = 'ServiceEndedError';
}

type Named = Pick<Service, 'id' | 'name'>;

/** Waits for the first of the services to end, and gives the error that tells of it; undefined when the signal is aborted first. */
export async function firstToEnd(
  running: readonly Named[],
  signal: AbortSignal,
): Promise<ServiceEndedError | undefined> {
  const wait = async ({ id, name }: Named): Promise<ServiceEndedError> => {
    const code = await docker(['wait', id], signal);
    const said = (await dockerLog(id).catch(() => [])).join('\n  ') || 'nothing';
    return new ServiceEndedError(`The container of ${name} ended with ${code}, saying:\n  ${said}`);
  };
  if (running.length === 0) return undefined;
  // Where Docker itself goes away, whoever asks it next is told why.
  return await Promise.race(running.map(wait)).catch(() => undefined);
}

/** Watches services that are to run on. Dispose of it. */
export interface EndWatch extends Disposable {
  /** Aborted with the error that tells of the first to end. */
  readonly ended: AbortSignal;
}

/** Begins to watch. */
export function watchForEnd(running: readonly Named[]): EndWatch {
  const [watching, ended] = [new AbortController(), new AbortController()];
  void firstToEnd(running, watching.signal).then((error) => {
    if (error !== undefined) ended.abort(error);
  });
  return { ended: ended.signal, [Symbol.dispose]: () => watching.abort() };
}
