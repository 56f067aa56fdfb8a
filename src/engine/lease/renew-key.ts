import { KeyNotFoundError } from '../../litellm/error.ts';
import { calculateTTL, LeaseExpiredError } from '../../sdk/framework/lease.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, withWarnings } from '../../sdk/logical/response.ts';
import type { SystemView } from '../../sdk/logical/system-view.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { translateFault } from '../fault/translate-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { type RoleEntry, rolePrefix } from '../roles/role-entry.ts';
import { type EntryStore, StoredEntryError } from '../stored/entry-store.ts';
import { type EndKeyOptions, movedAway } from './end-key.ts';
import { cutLease, keyDuration, latestExpiry } from './grace.ts';
import { isDeleted } from './key-on-proxy.ts';
import { type LeasedKey, leasedKeyToJSON, leasedKeyOf } from './leased-key.ts';
import { isYoung, untilFound } from './young-key.ts';

/** The mount's bounds, in seconds, as the host told them at most a moment ago. */
export interface RenewalBounds {
  readonly recent: Pick<SystemView, 'defaultLeaseTTL' | 'maxLeaseTTL'>;
}

/** A renewed key, for whoever checks once more what its mount allows. */
export interface RenewedKey {
  readonly tokenId: string;
  readonly keyAlias: string;
  readonly config: ConfigEntry;
  /** The lease that was answered, and how long it had run before: seconds. */
  readonly ttl: number;
  readonly age: number;
}

/** What renewing needs. */
export interface RenewKeyOptions extends EndKeyOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'readForIssuing'>;
  readonly roles: Pick<EntryStore<RoleEntry>, 'readForIssuing'>;
  readonly bounds: RenewalBounds;
  readonly issued: { add(key: RenewedKey): void };
}

/**
 * Lets a key live for as long as its lease now does. Uses the role as it is, or as it was when the key was issued, if
 * the role is gone or cannot be read. If LiteLLM grants less, the lease is cut to that. Throws a `UserMistake` or a
 * `CodedError` for LiteLLM's errors.
 */
export async function renewKey(req: Request, options: RenewKeyOptions): Promise<Response> {
  const { configs, bounds, issued, clock } = options;
  const { secret, key } = leasedKeyOf(req);
  const [config, role] = await Promise.all([
    configs.readForIssuing(req.storage, configKey),
    readRole(req, key, options),
  ]);
  if (config === undefined)
    throw new UserMistake('there is no configuration any more: write base_url and master_key to config');

  const lease = await calculateTTL({
    systemView: bounds.recent,
    clock,
    increment: secret.increment,
    backendTTL: shorter(role.ttl, key.askedTTL),
    backendMaxTTL: role.maxTTL,
    startTime: secret.issueTime,
  }).catch((error: unknown) => {
    throw error instanceof LeaseExpiredError ? new UserMistake(error.message) : error;
  });
  const granted = await extend(req, key, config, keyDuration(lease.ttl, config), options);
  if (granted <= 0) {
    throw new UserMistake(
      `LiteLLM was asked to let the key "${key.keyAlias}" live for ${keyDuration(lease.ttl, config)} s more and answers that it has ` +
        "expired: look for what bounds a key's duration there (upperbound_key_generate_params, a hook), and ask for a new key",
    );
  }
  const ttl = granted < lease.ttl ? cutLease(granted) : lease.ttl;
  const { tokenId, keyAlias } = key;
  issued.add({ tokenId, keyAlias, config, ttl, age: ageOf(secret.issueTime, clock) });
  const warnings = [
    ...role.warnings,
    ...(ttl < lease.ttl
      ? [`LiteLLM lets this key live for ${granted} s and not for ${lease.ttl} s: the lease is cut to ${ttl} s`]
      : []),
  ];
  const renewed: LeasedKey = {
    ...key,
    // It was found there, whatever the proxy was called when the key was made.
    proxy: config.baseURL,
    latestExpiry: latestExpiry(secret.issueTime ?? clock.now(), lease.maxTTL, config),
  };
  const internalData = { ...secret.internalData, ...leasedKeyToJSON(renewed) };
  // The core warns of what it cuts itself, in the same words.
  return withWarnings({ secret: { ...secret, ttl, maxTTL: lease.maxTTL, internalData } }, warnings);
}

/** The role's lease or what the caller asked for at issue, the shorter one; 0 is the mount's. */
function shorter(roleTTL: number, asked: number | undefined): number {
  if (asked === undefined) return roleTTL;
  return roleTTL === 0 ? asked : Math.min(roleTTL, asked);
}

/** Whole seconds since a lease began. */
function ageOf(issueTime: Date | undefined, clock: Clock): number {
  return issueTime === undefined ? 0 : Math.max(0, Math.floor((clock.now().getTime() - issueTime.getTime()) / 1000));
}

interface RoleLease {
  readonly ttl: number;
  readonly maxTTL: number;
  readonly warnings: readonly string[];
}

/** A lease must not end because its role cannot be read. */
async function readRole(req: Request, key: LeasedKey, { roles, logger }: RenewKeyOptions): Promise<RoleLease> {
  const asIssued: RoleLease = { ttl: key.roleTTL, maxTTL: key.roleMaxTTL, warnings: [] };
  try {
    const role = await roles.readForIssuing(req.storage, rolePrefix + key.role);
    return role === undefined ? asIssued : { ttl: role.ttl, maxTTL: role.maxTTL, warnings: [] };
  } catch (error) {
    if (!(error instanceof StoredEntryError)) throw error;
    logger.log('warn', 'renewing a lease by its role as it was when the key was issued', {
      key_alias: key.keyAlias,
      error: error.message,
    });
    return { ...asIssued, warnings: [`renewed by the role as it was when the key was issued: ${error.message}`] };
  }
}

/** Asks LiteLLM to let the key live for `duration` seconds from now; gives the seconds that it grants. */
async function extend(
  req: Request,
  key: LeasedKey,
  config: ConfigEntry,
  duration: number,
  { clients, clock, sleep }: RenewKeyOptions,
): Promise<number> {
  const client = clients.clientFor(config);
  const { signal } = req;
  const elsewhere = config.baseURL !== key.proxy;
  try {
    const { lifetime } = await untilFound(() => client.updateKey(key.tokenId, { duration }, signal), {
      key,
      young: !elsewhere && isYoung(req.secret?.issueTime, clock),
      isDeleted: () => isDeleted(client, key.tokenId, false, signal),
      sleep,
      signal,
    });
    return lifetime;
  } catch (error) {
    if (error instanceof KeyNotFoundError && elsewhere) throw new UserMistake(movedAway(key, config));
    throw translateFault(error);
  }
}
