import { objectOf, textOf, type ApiAnswer, type ApiMethod } from './engine-api.ts';
import type { EngineServer } from './engine-server.ts';
import { ReportedError } from './script.ts';

type Asked = Pick<EngineServer, 'api'>;

/** An engine refused what has to succeed. */
export class RefusedError extends ReportedError {
  override readonly name = 'RefusedError';

  constructor(method: ApiMethod, path: string, { status, errors }: ApiAnswer) {
    super(`${method} ${path} was answered ${status}: ${errors}`);
  }
}

/** Asks an engine for what has to succeed. @throws RefusedError */
export async function succeed(
  { api }: Asked,
  method: ApiMethod,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<ApiAnswer> {
  const answer = await api(method, path, body);
  if (answer.status >= 300) throw new RefusedError(method, path, answer);
  return answer;
}

/** What lies under a path; nothing if there is no such path. @throws RefusedError */
export async function listOf({ api }: Asked, path: string): Promise<readonly string[]> {
  const answer = await api('LIST', path);
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw new RefusedError('LIST', path, answer);
  const keys = answer.data['keys'];
  return Array.isArray(keys) ? keys.map(textOf) : [];
}

/** Where an engine with raft storage shows what a mount has stored. @throws RefusedError */
export async function rawPathOf(server: Asked, mount: string): Promise<string> {
  const { data } = await succeed(server, 'GET', 'sys/mounts');
  return `sys/raw/logical/${textOf(objectOf(data[`${mount}/`])['uuid'])}`;
}
