import { dirname } from 'node:path';
import { createApi, type Api } from '../harness/engine-api.ts';
import { pluginName } from '../harness/plugin.ts';
import type { Proxy } from '../harness/proxy.ts';
import { ReportedError } from '../harness/script.ts';

/** An engine that `just up` has started, as people reach it. */
export interface RunningEngine {
  readonly title: 'OpenBao' | 'Vault';
  readonly command: 'bao' | 'vault';
  readonly prefix: 'BAO' | 'VAULT';
  readonly address: string;
  readonly token: string;
  /** The path of its program, where that is known. */
  readonly program?: string;
  /** The container that it runs in. */
  readonly container?: string;
}

/** What `just up` needs is not free, or an engine refused what it is asked. */
export class UpError extends ReportedError {
  override readonly name = 'UpError';
}

/** The API of an engine, asked as root. */
export const apiOf = ({ address, token }: Pick<RunningEngine, 'address' | 'token'>): Api =>
  createApi(address, () => token);

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

/** Unmounts and so revokes every key: a LiteLLM that stays would keep them until they expire. @throws UpError */
export async function unmount(engine: Pick<RunningEngine, 'address' | 'token'>): Promise<void> {
  const { status, errors } = await apiOf(engine)('DELETE', 'sys/mounts/litellm').catch((error: unknown) => ({
    status: 0,
    errors: String(error),
  }));
  if (status >= 200 && status < 300) return;
  throw new UpError(`The keys made at ${engine.address} live on until they expire: unmounting failed (${errors}).`);
}

/** The first commands to type. */
export function describeEngine({ title, command, prefix, address, token, program, container }: RunningEngine): string {
  const onPath = Bun.which(command);
  const variables = [`${prefix}_ADDR=${address}`, `${prefix}_TOKEN=${token}`];
  const words = `${command} read litellm/creds/team-a`;
  if (onPath === null && container !== undefined) {
    const flags = [...variables, 'HOME=/nowhere'].map((variable) => `-e ${variable}`).join(' ');
    return `\n${title}, at ${address}:\n\n  docker exec ${flags} ${container} ${words}`;
  }
  return [
    `\n${title}:\n`,
    ...(program === undefined || onPath === program ? [] : [`  export PATH=${dirname(program)}:$PATH`]),
    `  export ${variables.join(' ')}`,
    `  ${words}`,
  ].join('\n');
}
