import { ask, objectOf, RefusedError, textOf, type Api } from './engine-api.ts';

/** What lies under a path of an engine; nothing if there is no such path. @throws RefusedError */
export async function listOf({ api }: { readonly api: Api }, path: string): Promise<readonly string[]> {
  const answer = await api('LIST', path);
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw new RefusedError('LIST', path, answer);
  const keys = answer.data['keys'];
  return Array.isArray(keys) ? keys.map(textOf) : [];
}

/** Where an engine with raft storage shows what a mount has stored. @throws RefusedError */
export async function rawPathOf(server: { readonly api: Api }, mount: string): Promise<string> {
  const { data } = await ask(server, 'GET', 'sys/mounts');
  return `sys/raw/logical/${textOf(objectOf(data[`${mount}/`])['uuid'])}`;
}
