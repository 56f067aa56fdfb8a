import type { Client } from '../../litellm/client.ts';
import type { HedgeGate } from '../../litellm/hedge.ts';
import type { UpdatedKey } from '../../litellm/key.ts';
import { humanDuration } from '../../sdk/framework/duration.ts';
import { type CalculatedTTL, calculateTTL } from '../../sdk/framework/lease.ts';
import type { Secret } from '../../sdk/framework/secret.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, withWarnings } from '../../sdk/logical/response.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { translateFault } from '../fault/translate-fault.ts';
import type { AbandonedKeys } from '../lease/abandoned-keys.ts';
import { keyDuration, latestExpiry } from '../lease/grace.ts';
import { isDeleted } from '../lease/key-on-proxy.ts';
import { type LeasedKey, leasedKeyToJSON } from '../lease/leased-key.ts';
import type { Sleep } from '../lease/sleep.ts';
import { untilFound } from '../lease/young-key.ts';
import type { RoleEntry } from '../roles/role-entry.ts';
import type { AskedKey } from './asked-key.ts';
import { fitLease } from './fit-lease.ts';
import type { IssuedKeys } from './issued-keys.ts';
import type { IssuingBounds, MountBounds } from './issuing-bounds.ts';
import { effectiveTerms, limitDifferences } from '../roles/limit-differences.ts';
import { type KeyLedger, type MadeKey, makeKey } from './make-key.ts';
import { newKey, type NewKeyOptions } from './key-request.ts';

/** What issuing a key needs. */
export interface IssueKeyOptions extends NewKeyOptions {
  readonly clients: ClientSource;
  readonly abandoned: Pick<AbandonedKeys, 'rememberInMaking' | 'forget' | 'abandon'>;
  readonly bounds: Pick<IssuingBounds, 'known' | 'askAgain'>;
  readonly issued: Pick<IssuedKeys, 'add'>;
  readonly gate: HedgeGate;
  readonly secret: Secret;
  readonly sleep: Sleep;
}

/** A key with its lease as it is answered. */
interface Confirmed {
  readonly lease: CalculatedTTL;
  readonly leased: LeasedKey;
  readonly expires: Date;
}

/**
 * Makes a key from a role and leases it. Throws a `UserMistake` or a `CodedError` for LiteLLM's errors. Abandons a key
 * that gets no lease, or whose caller did not take the answer.
 */
export async function issueKey(
  req: Request,
  askedKey: AskedKey,
  config: ConfigEntry,
  options: IssueKeyOptions,
): Promise<Response> {
  const { role } = askedKey;
  const { clients, abandoned, bounds, issued, gate } = options;
  const client = clients.clientFor(config);
  const known = await bounds.known();
  const lease = await leaseWithin(known, askedKey, options.clock);
  const asking = bounds.askAgain({ needsDefault: role.ttl === 0 });
  // It is awaited once the key is made, and may fail before.
  asking?.catch(() => undefined);
  const made = await makeKey({
    client,
    gate,
    ledger: ledgerOf(req.storage, config, abandoned),
    signal: req.signal,
    newKey: () => newKey(req, askedKey, config, lease, options),
  }).catch((error: unknown) => {
    throw translateFault(error);
  });

  let confirmed: Confirmed;
  let entry = made.entry;
  try {
    const now = (await asking) ?? known;
    const wanted = sameBounds(now, known) ? lease : await leaseWithin(now, askedKey, options.clock);
    confirmed = await confirm(made, lease, wanted, { ...options, client, config, signal: req.signal });
    const written = entry;
    // If this fails, nobody knows whether it is still there.
    entry = undefined;
    if (written !== undefined) await abandoned.forget(req.storage, written);
    req.signal.throwIfAborted();
  } catch (error) {
    await abandoned.abandon(req.storage, made.leased, config, entry);
    throw translateFault(error);
  }
  const { leased } = confirmed;
  abandonIfUndelivered(req, leased, config, abandoned);
  issued.add({ tokenId: leased.tokenId, keyAlias: leased.keyAlias, config, ttl: confirmed.lease.ttl });
  return respond(options.secret, role, made, confirmed);
}

/** Asks LiteLLM for another lifetime if the mount's bounds changed meanwhile, and fits the lease to what it gives. */
async function confirm(
  { request, leased, generated }: MadeKey,
  asked: CalculatedTTL,
  wanted: CalculatedTTL,
  about: {
    readonly client: Pick<Client, 'updateKey' | 'keyInfo'>;
    readonly config: ConfigEntry;
    readonly signal: AbortSignal;
    readonly clock: Clock;
    readonly sleep: Sleep;
  },
): Promise<Confirmed> {
  const { client, config, signal, clock, sleep } = about;
  let life: UpdatedKey = generated;
  let duration = request.duration;
  if (wanted.ttl !== asked.ttl) {
    duration = keyDuration(wanted.ttl, config);
    const change = { duration };
    life = await untilFound(() => client.updateKey(leased.tokenId, change, signal), {
      key: leased,
      young: true,
      isDeleted: () => isDeleted(client, leased.tokenId, false, signal),
      sleep,
      signal,
    });
  }
  return {
    lease: fitLease(wanted, life, duration),
    leased:
      wanted.maxTTL === asked.maxTTL
        ? leased
        : { ...leased, latestExpiry: latestExpiry(clock.now(), wanted.maxTTL, config) },
    expires: life.expires,
  };
}

function respond(secret: Secret, role: RoleEntry, { request, generated }: MadeKey, confirmed: Confirmed): Response {
  const { lease, leased, expires } = confirmed;
  const response = secret.response(
    {
      key: request.key,
      key_alias: generated.keyAlias,
      token_id: generated.tokenId,
      models: generated.models,
      max_budget: generated.maxBudget ?? 0,
      expires: expires.toISOString(),
      ...effectiveTerms(role, generated),
    },
    leasedKeyToJSON(leased),
  );
  return withWarnings({ ...response, secret: { ...response.secret, ttl: lease.ttl, maxTTL: lease.maxTTL } }, [
    ...lease.warnings,
    ...limitDifferences(role, generated),
  ]);
}

async function leaseWithin(bounds: MountBounds, { role, ttl: asked }: AskedKey, clock: Clock): Promise<CalculatedTTL> {
  const lease = await calculateTTL({
    systemView: {
      defaultLeaseTTL: async () => bounds.defaultLeaseTTL,
      maxLeaseTTL: async () => bounds.maxLeaseTTL,
    },
    clock,
    increment: 0,
    backendTTL: role.ttl,
    backendMaxTTL: role.maxTTL,
  });
  if (asked === undefined || asked === lease.ttl) return lease;
  if (asked < lease.ttl) return { ...lease, ttl: asked };
  const warning = `a lease of ${humanDuration(asked)} was asked for, and the role gives ${humanDuration(lease.ttl)}: it was cut to that`;
  return { ...lease, warnings: [...lease.warnings, warning] };
}

function sameBounds(a: MountBounds, b: MountBounds): boolean {
  return a.defaultLeaseTTL === b.defaultLeaseTTL && a.maxLeaseTTL === b.maxLeaseTTL;
}

function ledgerOf(storage: Storage, config: ConfigEntry, abandoned: IssueKeyOptions['abandoned']): KeyLedger {
  return {
    ...(config.writeAhead
      ? { remember: (key: LeasedKey) => abandoned.rememberInMaking(storage, key, config.requestTimeout) }
      : {}),
    forget: (entry) => abandoned.forget(storage, entry),
    abandon: (key, entry) => abandoned.abandon(storage, key, config, entry),
  };
}

/** Apart, so that what waits for the host's word holds no key. */
function abandonIfUndelivered(
  { storage, onUndelivered }: Request,
  leased: LeasedKey,
  config: ConfigEntry,
  abandoned: IssueKeyOptions['abandoned'],
): void {
  onUndelivered?.(() => void abandoned.abandon(storage, leased, config));
}
