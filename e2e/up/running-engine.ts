import { dirname } from 'node:path';
import { createApi, type Api } from '../harness/engine-api.ts';
import { LiteLLM } from '../harness/litellm.ts';
import { pluginName } from '../harness/plugin.ts';
import { until } from '../harness/until.ts';

/** The LiteLLM that the keys are made on. */
export interface Proxy {
  readonly url: string;
  readonly masterKey: string;
}

/** An engine that `just up` has started, as people reach it. */
export interface RunningEngine {
  readonly title: 'OpenBao' | 'Vault';
  readonly command: 'bao' | 'vault';
  readonly prefix: 'BAO' | 'VAULT';
  readonly address: string;
  readonly token: string;
  /** The path of its program, where that is known. */
  readonly program?: string;
}

/** An engine refused what `just up` asks of it. */
export class UpError extends Error {
  override readonly name = 'UpError';
}

/** The API of an engine, asked as root. */
export const apiOf = ({ address, token }: Pick<RunningEngine, 'address' | 'token'>): Api =>
  createApi(address, () => token);

/** A model of a LiteLLM that answers now or, where it was only just started, within some seconds. @throws UpError */
export async function modelOf({ url, masterKey }: Proxy, seconds = 0, signal?: AbortSignal): Promise<string> {
  const litellm = new LiteLLM(url, masterKey);
  const look = (): Promise<readonly [string, string]> => litellm.twoModels();
  try {
    const [model] = await (seconds === 0 ? look() : until('it answers', seconds, look, signal));
    return model;
  } catch (error) {
    signal?.throwIfAborted();
    throw new UpError(`${url} is no LiteLLM to use: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Mounts and configures the plugin, with a role for one model. @throws UpError */
export async function configure(
  engine: Pick<RunningEngine, 'title' | 'address' | 'token'>,
  { url, masterKey }: Proxy,
  model: string,
): Promise<void> {
  const calls = [
    ['sys/mounts/litellm', { type: pluginName }],
    ['litellm/config', { base_url: url, master_key: masterKey }],
    ['litellm/roles/team-a', { models: [model], max_budget: 50, ttl: '1h', max_ttl: '24h' }],
  ] as const;
  for (const [path, body] of calls) {
    const { status, errors } = await apiOf(engine)('POST', path, body);
    if (status >= 300) throw new UpError(`${engine.title} answered ${status} to ${path}: ${errors}`);
  }
}

/** Unmounts and so revokes every key: a LiteLLM that stays would keep them until they expire. */
export async function unmount(engine: Pick<RunningEngine, 'address' | 'token'>): Promise<void> {
  await apiOf(engine)('DELETE', 'sys/mounts/litellm').catch(() => undefined);
}

/** The first commands to type. */
export function describeEngine({ title, command, prefix, address, token, program }: RunningEngine): string {
  const onPath = program === undefined || Bun.which(command) === program;
  return [
    `\n${title}:\n`,
    ...(onPath ? [] : [`  export PATH=${dirname(program)}:$PATH`]),
    `  export ${prefix}_ADDR=${address} ${prefix}_TOKEN=${token}`,
    `  ${command} read litellm/creds/team-a`,
  ].join('\n');
}
