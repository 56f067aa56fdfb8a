import { KeyNotFoundError } from '../../litellm/error.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { commaStringSlice, float, string } from '../../sdk/framework/field-type.ts';
import { calculateTTL, LeaseExpiredError } from '../../sdk/framework/lease.ts';
import { defineSecret, type Secret } from '../../sdk/framework/secret.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Response } from '../../sdk/logical/response.ts';
import type { Secret as LeasedSecret } from '../../sdk/logical/secret.ts';
import type { SystemView } from '../../sdk/logical/system-view.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { endKey, movedAway } from './end-key.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { keyDuration, latestExpiry } from './grace.ts';
import { type LeasedKey, leasedKeyFromJSON, leasedKeyToJSON } from './leased-key.ts';
import { translateFault } from '../fault/litellm-fault.ts';
import { type RoleEntry, rolePrefix } from '../roles/role-entry.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';

/** What a client gets. */
export const keyFields = defineFields({
  key: { type: string, description: 'The key.', displayAttrs: { sensitive: true } },
  key_alias: { type: string, description: 'Its alias in LiteLLM.' },
  token_id: { type: string, description: 'Its sha256, by which LiteLLM knows it.' },
  models: { type: commaStringSlice, description: 'The models that it may call; empty: all.' },
  max_budget: { type: float, description: 'What it may spend, in US dollars; 0: no limit.' },
  expires: { type: string, description: 'When LiteLLM would end it by itself, a while after its lease.' },
});

/** What renewing and revoking need. */
export interface SecretKeyOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly roles: Pick<EntryStore<RoleEntry>, 'read'>;
  readonly clients: ClientSource;
  readonly system: SystemView;
  readonly clock: Clock;
}

/** The leased key. */
export const secretKey = (options: SecretKeyOptions): Secret =>
  defineSecret({
    type: 'litellm_key',
    fields: keyFields,
    renew: (req) => answeringMistakes(() => renew(req, options)),
    revoke: (req) => revoke(req, options),
  });

async function renew(req: Request, options: SecretKeyOptions): Promise<Response> {
  const { configs, roles, clients, system, clock } = options;
  const { secret, key } = leasedKeyOf(req);
  const [config, role] = await Promise.all([
    configs.read(req.storage, configKey),
    roles.read(req.storage, rolePrefix + key.role),
  ]);
  if (config === undefined)
    throw new UserMistake('there is no configuration any more: write base_url and master_key to config');

  const lease = await calculateTTL({
    systemView: system,
    clock,
    increment: secret.increment,
    backendTTL: role?.ttl ?? key.roleTTL,
    backendMaxTTL: role?.maxTTL ?? key.roleMaxTTL,
    startTime: secret.issueTime,
  }).catch((error: unknown) => {
    throw error instanceof LeaseExpiredError ? new UserMistake(error.message) : error;
  });
  try {
    await clients.clientFor(config).updateKey(key.tokenId, { duration: keyDuration(lease.ttl, config) }, req.signal);
  } catch (error) {
    if (error instanceof KeyNotFoundError && config.baseURL !== key.proxy)
      throw new UserMistake(movedAway(key, config));
    throw translateFault(error);
  }
  const renewed: LeasedKey = {
    ...key,
    // It was found there, whatever the proxy was called when it was made.
    proxy: config.baseURL,
    latestExpiry: latestExpiry(secret.issueTime ?? clock.now(), lease.maxTTL, config),
  };
  const internalData = { ...secret.internalData, ...leasedKeyToJSON(renewed) };
  // The core warns of what it cuts itself, in the same words.
  return { secret: { ...secret, ttl: lease.ttl, maxTTL: lease.maxTTL, internalData } };
}

async function revoke(req: Request, options: SecretKeyOptions): Promise<undefined> {
  const config = await options.configs.read(req.storage, configKey);
  await endKey(leasedKeyOf(req).key, config, options, req.signal);
}

function leasedKeyOf(req: Request): { readonly secret: LeasedSecret; readonly key: LeasedKey } {
  const { secret } = req;
  if (secret === undefined) throw new Error('the host sent no lease');
  return { secret, key: leasedKeyFromJSON(secret.internalData, 'the lease') };
}
