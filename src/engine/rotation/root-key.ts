import type { Client } from '../../litellm/client.ts';
import { MasterKeyRefusedError, RequestRejectedError } from '../../litellm/error.ts';
import type { KeyDetails } from '../../litellm/key-details.ts';
import { sha256 } from '../../litellm/sha256.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { MountClients } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { withLearned } from '../config/verify-connection.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { Sleep } from '../lease/sleep.ts';
import type { Successor } from './rotation-handler.ts';

const keyBytes = 32;
const aliasBytes = 8;
const uuidPart = 8;
const longestName = 40;
/**
 * Milliseconds before a key that LiteLLM made a moment ago and does not know is tried again: a database replica may
 * lag.
 */
const pausesMs: readonly number[] = [500, 1_000, 2_000];
const notPlain = /[^A-Za-z0-9._-]+/g;

/** A key that nobody had before; its alias begins with `prefix`. */
export function newSuccessor(random: Random, prefix: string): Successor {
  const key = `sk-${Buffer.from(random.bytes(keyBytes)).toString('base64url')}`;
  return { key, tokenId: sha256(key), keyAlias: `${prefix}-${Buffer.from(random.bytes(aliasBytes)).toString('hex')}` };
}

/** The name of the administrator that a mount makes for itself, the same each time. */
export function adminName(mountPoint: string, backendUUID: string): string {
  const mount = mountPoint.replace(/\/+$/, '').replace(notPlain, '-').slice(0, longestName);
  return ['vault', mount, backendUUID.slice(0, uuidPart)].filter((part) => part !== '').join('-');
}

/**
 * The metadata of the mount's own key, besides what its predecessor had. It has no `vault_backend_uuid`: that marks the
 * keys that the mount has issued, which may be listed, blocked and tidied.
 */
export function rootMetadata(
  mountPoint: string,
  backendUUID: string,
  former: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const kept = Object.entries(former).filter(([name]) => !name.startsWith('vault_'));
  const own = { vault_mount_path: mountPoint, vault_root_of: backendUUID };
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== '')),
  };
}

/** How long a key was to live when it was made, in whole seconds; undefined if it does not end, or nobody knows. */
export function lifetimeOf({ expires, createdAt }: Pick<KeyDetails, 'expires' | 'createdAt'>): number | undefined {
  if (expires === undefined || createdAt === undefined) return undefined;
  const seconds = Math.round((expires.getTime() - createdAt.getTime()) / 1000);
  return seconds > 0 ? seconds : undefined;
}

/** What is known of a key that the mount made, whatever LiteLLM tells. */
export interface KnownKey {
  readonly alias?: string | undefined;
  readonly userId?: string | undefined;
}

/**
 * Makes sure that a connection is an administrator's who may write keys. Gives it with what was learned, or else with
 * what is known of its key, which is a moment old. Throws a `LiteLLMError`.
 */
export async function verifiedOwnKey(
  config: ConfigEntry,
  known: KnownKey,
  {
    clients,
    clock,
    sleep,
  }: { readonly clients: Pick<MountClients, 'clientExactly'>; readonly clock: Clock; readonly sleep: Sleep },
  signal: AbortSignal,
): Promise<ConfigEntry> {
  const client = clients.clientExactly(config);
  for (let tries = 0; ; tries++) {
    try {
      await client.verifyAdmin(signal);
      const learned = withKnown(await withLearned(config, client, clock, signal), known, clock);
      const { verified = { at: clock.now().toISOString() } } = learned;
      // A key of the type `management` may not ask for it. It belongs to LiteLLM, and not to the key.
      return { ...learned, verified: { ...verified, edition: verified.edition ?? config.verified?.edition } };
    } catch (error) {
      const pause = pausesMs[tries];
      if (!(error instanceof MasterKeyRefusedError) || pause === undefined) throw error;
      await sleep(pause, signal);
    }
  }
}

function withKnown(config: ConfigEntry, { alias, userId }: KnownKey, clock: Clock): ConfigEntry {
  const { verified } = config;
  if (verified?.kind !== undefined) return config;
  const at = verified?.at ?? clock.now().toISOString();
  return { ...config, verified: { ...verified, at, kind: 'virtual key', alias, userId } };
}

/** Makes sure that this administrator exists. Throws a `UserMistake` if the name is somebody else's. */
export async function ensureAdmin(client: Client, userId: string, signal: AbortSignal): Promise<void> {
  if (!(await client.hasUser(userId, signal))) {
    try {
      await client.newAdminUser(userId, signal);
      return;
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof RequestRejectedError) || !(await client.hasUser(userId, signal))) throw error;
    }
  }
  const { userRole } = await client.userInfo(userId, signal);
  if (userRole === 'proxy_admin') return;
  throw new UserMistake(
    `LiteLLM has a user "${userId}" who is not an administrator (user_role is not proxy_admin): delete that user there, or give them the role, and write config again`,
  );
}

/** What to do about a master key, which cannot be rotated. */
export function masterKeyAdvice(config: Pick<ConfigEntry, 'baseURL'>, userId: string): string {
  const post = (path: string, body: unknown): string =>
    `curl -X POST ${config.baseURL}${path} -H "Authorization: Bearer $LITELLM_MASTER_KEY" -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const user = post('/user/new', { user_id: userId, user_role: 'proxy_admin', auto_create_key: false });
  const key = post('/key/generate', { user_id: userId, key_alias: `${userId}-admin`, key_type: 'management' });
  return (
    "the key in config is the proxy's own master key, which stands in LiteLLM's configuration and cannot be rotated over its " +
    'API. Write config with bootstrap=true, and this mount makes an administrator and a key of its own. Or make them by hand, ' +
    `without duration and max_budget, and write the key to config as master_key: ${user} ; ${key}`
  );
}
