import { dirname } from 'node:path';
import { ask, type Api } from '../harness/engine-api.ts';
import { mountPlugin } from '../harness/plugin.ts';
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

/** What `just up` needs is not free, or something is left of what it has started. */
export class UpError extends ReportedError {
  override readonly name = 'UpError';
}

/** Mounts and configures the plugin, with a role for one model. @throws RefusedError */
export async function mountConfigured(
  server: { readonly api: Api },
  { url, masterKey }: Proxy,
  model: string,
): Promise<void> {
  await mountPlugin(server, 'litellm');
  await ask(server, 'POST', 'litellm/config', { base_url: url, master_key: masterKey });
  const role = { models: [model], max_budget: 50, ttl: '1h', max_ttl: '24h' };
  await ask(server, 'POST', 'litellm/roles/team-a', role);
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
