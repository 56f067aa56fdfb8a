import type { GeneratedKey, GenerateKeyRequest } from '../../litellm/key.ts';
import { LiteLLMError } from '../../litellm/error.ts';
import { sha256 } from '../../litellm/sha256.ts';
import { calculateTTL } from '../../sdk/framework/lease.ts';
import type { Secret } from '../../sdk/framework/secret.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, withWarnings } from '../../sdk/logical/response.ts';
import type { AbandonedKeys } from '../lease/abandoned-keys.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { keyDuration, latestExpiry } from '../lease/grace.ts';
import type { LeaseBounds } from './issuing-bounds.ts';
import { keyMetadata } from '../roles/key-metadata.ts';
import { type LeasedKey, leasedKeyToJSON } from '../lease/leased-key.ts';
import { translateFault } from '../fault/litellm-fault.ts';
import type { RoleEntry } from '../roles/role-entry.ts';

/** What issuing a key needs. */
export interface IssueKeyOptions {
  readonly clients: ClientSource;
  readonly abandoned: Pick<AbandonedKeys, 'abandon'>;
  readonly bounds: LeaseBounds;
  readonly secret: Secret;
  readonly clock: Clock;
  readonly random: Random;
  readonly backendUUID: string;
}

const keyBytes = 32;
const aliasBytes = 8;

/**
 * Makes a key from a role and leases it. Throws a `UserMistake` or a `CodedError` for what LiteLLM answers. What ends
 * without a lease is abandoned, and so is a key whose caller did not take the answer.
 */
export async function issueKey(
  req: Request,
  roleName: string,
  role: RoleEntry,
  config: ConfigEntry,
  options: IssueKeyOptions,
): Promise<Response> {
  const { bounds, clock, random } = options;
  const lease = await calculateTTL({
    systemView: bounds,
    clock,
    increment: 0,
    backendTTL: role.ttl,
    backendMaxTTL: role.maxTTL,
  });
  // Made here, so that its hash is known even if the answer is lost.
  const key = `sk-${Buffer.from(random.bytes(keyBytes)).toString('base64url')}`;
  const request: GenerateKeyRequest = {
    key,
    keyAlias: `${role.keyAliasPrefix}-${roleName}-${Buffer.from(random.bytes(aliasBytes)).toString('hex')}`,
    models: role.models,
    // To LiteLLM 0 is a limit that refuses every call.
    ...(role.maxBudget > 0 ? { maxBudget: role.maxBudget } : {}),
    duration: keyDuration(lease.ttl, config),
    metadata: { ...role.metadata, ...keyMetadata(req, roleName, options.backendUUID) },
    keyType: role.keyType,
  };
  const leased: LeasedKey = {
    tokenId: sha256(key),
    keyAlias: request.keyAlias,
    role: roleName,
    proxy: config.baseURL,
    roleTTL: role.ttl,
    roleMaxTTL: role.maxTTL,
    latestExpiry: latestExpiry(clock.now(), lease.maxTTL, config),
  };

  const generated = await generate(req, request, leased, config, options);
  const response = options.secret.response(
    {
      key,
      key_alias: generated.keyAlias,
      token_id: generated.tokenId,
      models: generated.models,
      max_budget: generated.maxBudget ?? 0,
      expires: generated.expires.toISOString(),
    },
    leasedKeyToJSON(leased),
  );
  return withWarnings({ ...response, secret: { ...response.secret, ttl: lease.ttl, maxTTL: lease.maxTTL } }, [
    ...lease.warnings,
    ...differences(role, generated),
  ]);
}

async function generate(
  req: Request,
  request: GenerateKeyRequest,
  leased: LeasedKey,
  config: ConfigEntry,
  { clients, abandoned }: IssueKeyOptions,
): Promise<GeneratedKey> {
  try {
    const generated = await clients.clientFor(config).generateKey(request, req.signal);
    req.signal.throwIfAborted();
    abandonIfUndelivered(req, leased, config, abandoned);
    return generated;
  } catch (error) {
    const mayExist = error instanceof LiteLLMError ? error.outcomeUnknown : true;
    if (mayExist) await abandoned.abandon(req.storage, leased, config);
    throw translateFault(error);
  }
}

/** Apart, so that what waits for the host's word holds on to no key. */
function abandonIfUndelivered(
  { storage, onUndelivered }: Request,
  leased: LeasedKey,
  config: ConfigEntry,
  abandoned: IssueKeyOptions['abandoned'],
): void {
  onUndelivered?.(() => void abandoned.abandon(storage, leased, config));
}

/** What LiteLLM's own settings made of the role. */
function differences(role: RoleEntry, { models, maxBudget }: GeneratedKey): readonly string[] {
  const warnings: string[] = [];
  if (JSON.stringify(models.toSorted()) !== JSON.stringify(role.models.toSorted())) {
    warnings.push(
      `LiteLLM gave this key other models than its role names: ${list(models)} and not ${list(role.models)}`,
    );
  }
  const wanted = role.maxBudget > 0 ? role.maxBudget : undefined;
  if (maxBudget !== wanted) {
    warnings.push(
      `LiteLLM gave this key another max_budget than its role: ${budget(maxBudget)} and not ${budget(wanted)}`,
    );
  }
  return warnings;
}

function budget(value: number | undefined): string {
  if (value === undefined) return 'no limit';
  return value === 0 ? '0, which refuses every call,' : String(value);
}

function list(models: readonly string[]): string {
  const most = 10;
  if (models.length === 0) return 'all';
  return models.length <= most
    ? models.join(', ')
    : `${models.slice(0, most).join(', ')} and ${models.length - most} more`;
}
