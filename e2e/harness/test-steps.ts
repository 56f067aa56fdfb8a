import { expect } from 'bun:test';
import { ask, objectOf, textOf, type Api } from './engine-api.ts';
import { uniqueName, writeRole } from './issue-key.ts';
import type { LiteLLM } from './litellm.ts';
import { mountPlugin } from './plugin.ts';
import { configure, type Suite } from './suite.ts';
import { until } from './until.ts';

// What many tests do on their way.

type Asked = { readonly api: Api };
type Fields = Readonly<Record<string, unknown>>;

/** Mounts the plugin at a path that no other test uses, configures it, and gives the path. */
export async function newMount(
  { server, litellm }: Pick<Suite, 'server' | 'litellm'>,
  stem: string,
  config: Fields = {},
): Promise<string> {
  const mount = uniqueName(stem);
  await mountPlugin(server, mount);
  await configure(server, mount, litellm, config);
  return mount;
}

/** Writes a role that no other test uses, for the first model unless `fields` say something else, and gives its name. */
export async function newRole(
  { server, models }: Pick<Suite, 'server' | 'models'>,
  fields: Fields = {},
  mount = 'litellm',
): Promise<string> {
  const role = uniqueName('team');
  await writeRole(server, `${mount}/roles/${role}`, { models: [models[0]], ttl: '1h', max_ttl: '24h', ...fields });
  return role;
}

/** Gives a token that may do what the default policy and these rules, by their paths, let it. */
export async function newToken(server: Asked, path: Readonly<Record<string, object>>): Promise<string> {
  const policy = uniqueName('narrow');
  await ask(server, 'PUT', `sys/policies/acl/${policy}`, { policy: JSON.stringify({ path }) });
  const { body } = await ask(server, 'POST', 'auth/token/create', { policies: [policy], ttl: '10m' });
  return textOf(objectOf(body['auth'])['client_token']);
}

/** Revokes a lease, which is gone then. */
export async function revokeLease({ api }: Asked, leaseId: string): Promise<void> {
  const { status, errors } = await api('PUT', 'sys/leases/revoke', { lease_id: leaseId, sync: true });
  expect({ status, errors }).toEqual({ status: 204, errors: '' });
}

/** Waits until LiteLLM refuses a key, which it may know for a moment longer. */
export async function untilRefused(litellm: LiteLLM, key: string, model: string, seconds = 20): Promise<void> {
  await until('the key is refused', seconds, async () => (await litellm.chat(key, model)) === 401);
}
