import { pythonFloat, type Caller } from './access.ts';
import { DurationError, durationInSeconds } from './duration.ts';
import { queryNumber, type Fields } from './fields.ts';
import { checkAlias, checkBudget, keyNotFound, readKeyType } from './key-checks.ts';
import { readKeyParams } from './key-params.ts';
import type { Owners } from './owners.ts';
import { proxyError, unprocessable, type JSONAnswer } from './refusal.ts';
import {
  abbreviate,
  routesOf,
  hashKey,
  infoRow,
  keyRow,
  listedRow,
  statusOf,
  toTokenId,
  type KeyTable,
  type StoredKey,
} from './stored-key.ts';

/** The settings of the proxy's own configuration that bear on keys. */
export interface KeySettings {
  /** `general_settings.disable_custom_api_keys`. */
  readonly disableCustomAPIKeys: boolean;
  /** Whether it does as 1.74 and 1.80, which know no parts of aliases. */
  readonly wholeAliases: boolean;
  /** `litellm_settings.upperbound_key_generate_params`. */
  readonly upperbound: { readonly maxBudget?: number; readonly duration?: string };
  /** `litellm_settings.default_key_generate_params`: fills what is empty. */
  readonly defaults: {
    readonly maxBudget?: number;
    readonly duration?: string;
    readonly models?: readonly string[];
    readonly metadata?: Readonly<Record<string, unknown>>;
  };
}

/** The routes under /key, on one table of keys. */
export class KeyRoutes {
  private readonly keys: KeyTable;
  private readonly settings: KeySettings;
  private readonly now: () => Date;
  private readonly owners: Owners;

  constructor(keys: KeyTable, settings: KeySettings, owners: Owners, now: () => Date) {
    this.keys = keys;
    this.owners = owners;
    this.settings = settings;
    this.now = now;
  }

  generate(fields: Fields): JSONAnswer {
    const { defaults, upperbound } = this.settings;
    const keyType = readKeyType(fields.string('key_type'));
    const sentModels = fields.strings('models') ?? [];
    const sentMetadata = fields.record('metadata') ?? {};
    const chosen = fields.string('key');
    const alias = fields.string('key_alias');
    const userId = fields.string('user_id');
    const read = readKeyParams(fields, this.now(), this.owners.budgets);
    const maxBudget = fields.number('max_budget') ?? defaults.maxBudget ?? upperbound.maxBudget ?? null;
    const duration = fields.string('duration') ?? defaults.duration ?? upperbound.duration ?? null;
    const models = sentModels.length === 0 ? (defaults.models ?? []) : sentModels;
    const ownMetadata = Object.keys(sentMetadata).length === 0 ? (defaults.metadata ?? {}) : sentMetadata;
    const metadata = { ...ownMetadata, ...read.metadata };

    checkBudget(maxBudget, 'internal_server_error', null);
    const refuseDuration = (text: string) => proxyError(500, 'internal_server_error', null, text);
    this.checkBounds(maxBudget, duration, 'internal_server_error', null, refuseDuration);
    checkAlias(alias);
    this.checkAliasFree(alias, undefined);
    if (chosen !== null) this.checkChosenKey(chosen);
    const expires = duration === null ? null : this.fromNow(duration, refuseDuration);

    const key = chosen ?? `sk-${crypto.randomUUID().replaceAll('-', '')}`;
    const tokenId = hashKey(key);
    const now = this.now();
    const asked: StoredKey = {
      tokenId,
      keyName: abbreviate(key),
      keyAlias: alias,
      models,
      maxBudget,
      spend: fields.number('spend') ?? 0,
      expires,
      metadata,
      blocked: fields.boolean('blocked'),
      keyType,
      userId,
      params: read.params,
      createdAt: now,
      updatedAt: now,
      lastActive: null,
    };
    // A key that is there already stays as it is, and the answer tells of the new request all the same.
    if (this.keys.find(tokenId) === undefined) this.keys.put(asked);
    return {
      status: 200,
      body: {
        ...keyRow(asked),
        duration: null,
        key,
        expires: expires === null ? null : expires.toISOString().replace('Z', '000Z'),
        allowed_routes: routesOf(asked),
        token_id: tokenId,
        token: tokenId,
      },
    };
  }

  update(fields: Fields): JSONAnswer {
    const name = fields.string('key');
    const alias = fields.string('key_alias');
    const maxBudget = fields.number('max_budget');
    const duration = fields.string('duration');
    const models = fields.strings('models');
    const metadata = fields.record('metadata');
    if (name === null && alias === null) {
      throw unprocessable('value_error', ['body'], 'Value error, either key or key_alias must be provided');
    }
    checkBudget(maxBudget, 'auth_error', 'None');
    const key = this.findForUpdate(name, alias);
    this.owners.requireTeam(key.params['team_id']);
    if (name !== null) checkAlias(alias);
    const refuseDuration = (text: string) => proxyError(400, 'auth_error', 'None', `Authentication Error, ${text}`);
    this.checkBounds(maxBudget, duration, 'auth_error', 'None', refuseDuration);
    const never = duration === null || duration === '' || duration === '-1';
    const expires = never ? null : this.fromNow(duration, refuseDuration);
    if (name !== null) this.checkAliasFree(alias, key.tokenId);
    const updated = this.keys.put({
      ...key,
      ...(fields.has('duration') ? { expires } : {}),
      ...(name !== null && fields.has('key_alias') ? { keyAlias: alias } : {}),
      ...(fields.has('max_budget') ? { maxBudget } : {}),
      ...(fields.has('spend') ? { spend: fields.number('spend') ?? 0 } : {}),
      ...(fields.has('models') ? { models: models ?? [] } : {}),
      ...(fields.has('metadata') ? { metadata: metadata ?? {} } : {}),
      updatedAt: this.now(),
    });
    return { status: 200, body: { key: name ?? key.tokenId, token: key.tokenId, ...keyRow(updated) } };
  }

  setBlocked(fields: Fields, blocked: boolean): JSONAnswer {
    const tokenId = toTokenId(fields.requiredString('key'));
    if (!/^[0-9a-f]{64}$/.test(tokenId)) throw proxyError(400, 'bad_request_error', 'key', 'Invalid key format.');
    const key = this.keys.find(tokenId);
    if (key === undefined) throw keyNotFound('Key not found.');
    const updated = this.keys.put({ ...key, blocked, updatedAt: this.now() });
    return { status: 200, body: { token: tokenId, ...keyRow(updated) } };
  }

  delete(fields: Fields): JSONAnswer {
    const names = fields.strings('keys') ?? [];
    const aliases = fields.strings('key_aliases') ?? [];
    if (names.length + aliases.length === 0) {
      const text = "Value error, At least one of 'keys' or 'key_aliases' must be provided.";
      throw unprocessable('value_error', ['body'], text);
    }
    const found = [
      ...names.map((name) => this.keys.find(toTokenId(name))),
      ...aliases.map((alias) => this.keys.findAlias(alias)),
    ].filter((key) => key !== undefined);
    if (found.length === 0) throw proxyError(404, 'internal_server_error', null, "{'error': 'No keys found'}");
    for (const { tokenId } of found) this.keys.delete(tokenId, this.now());
    // One of them being there is enough for a claim to all.
    return { status: 200, body: { deleted_keys: [...names, ...aliases] } };
  }

  info(query: URLSearchParams, caller: Caller): JSONAnswer {
    const name = query.get('key') ?? caller.key?.tokenId ?? '';
    const tokenId = toTokenId(name);
    const key = this.keys.find(tokenId) ?? this.keys.findDeleted(tokenId);
    if (key === undefined) throw keyNotFound('Key not found in database');
    return { status: 200, body: { key: name, info: infoRow(key, this.now()) } };
  }

  list(query: URLSearchParams): JSONAnswer {
    const page = queryNumber(query, 'page', 1, 1, Number.MAX_SAFE_INTEGER);
    const size = queryNumber(query, 'size', 10, 1, 100);
    const status = query.get('status');
    if (status !== null && !['active', 'expired', 'revoked', 'deleted'].includes(status)) {
      const text = "Invalid status value. Supported: 'active', 'expired', 'revoked', 'deleted'.";
      throw proxyError(400, 'internal_server_error', 'None', `{'error': "${text}"}`);
    }
    const alias = query.get('key_alias');
    const userId = query.get('user_id');
    const substring = !this.settings.wholeAliases && query.get('substring_matching') === 'true';
    const part = alias?.toLowerCase() ?? '';
    const living = query.get('expires') === 'active';
    const matches = (key: StoredKey) =>
      (alias === null || (substring ? (key.keyAlias ?? '').toLowerCase().includes(part) : key.keyAlias === alias)) &&
      (!living || key.expires === null || key.expires > this.now()) &&
      (userId === null || key.userId === userId) &&
      (status === null || statusOf(key, this.now()) === status);
    const found = (status === 'deleted' ? this.keys.deleted() : this.keys.all()).filter(matches);
    if (query.get('sort_by') === 'created_at' && query.get('sort_order') === 'asc') found.reverse();
    if (query.get('sort_by') === 'spend') found.sort((a, b) => b.spend - a.spend);
    const shown = found.slice((page - 1) * size, page * size);
    const whole = query.get('return_full_object') === 'true';
    return {
      status: 200,
      body: {
        keys: shown.map((key) => (whole ? listedRow(key) : key.tokenId)),
        total_count: found.length,
        current_page: page,
        total_pages: Math.ceil(found.length / size),
      },
    };
  }

  private findForUpdate(name: string | null, alias: string | null): StoredKey {
    const key = name === null ? this.keys.findAlias(alias ?? '') : this.keys.find(toTokenId(name));
    if (key !== undefined) return key;
    if (name !== null) throw keyNotFound('Key not found.');
    throw proxyError(404, 'not_found_error', 'key_alias', `Key not found. No key with key_alias='${alias}'.`);
  }

  private checkAliasFree(alias: string | null, owner: string | undefined): void {
    const holder = alias === null ? undefined : this.keys.findAlias(alias);
    if (holder === undefined || holder.tokenId === owner) return;
    const text = `Key with alias '${alias}' already exists. Unique key aliases across all keys are required.`;
    throw proxyError(400, 'bad_request_error', 'key_alias', text);
  }

  private checkChosenKey(key: string): void {
    const refuse = (status: number, quoted: string) =>
      proxyError(status, 'internal_server_error', null, `{'error': ${quoted}}`);
    if (this.settings.disableCustomAPIKeys) {
      const text = 'Custom API key values are disabled by your administrator. Keys must be auto-generated.';
      throw refuse(403, `'${text}'`);
    }
    if (!key.startsWith('sk-')) {
      const shown = key.length > 8 ? `${key.slice(0, 4)}****${key.slice(-4)}` : '****';
      throw refuse(400, `"Invalid key format. LiteLLM Virtual Key must start with 'sk-'. Received: ${shown}"`);
    }
    if (key.length < 16) {
      throw refuse(400, "'Invalid key format. LiteLLM Virtual Key must be at least 16 characters long.'");
    }
  }

  private checkBounds(
    maxBudget: number | null,
    duration: string | null,
    type: string,
    param: string | null,
    refuseDuration: (text: string) => Error,
  ): void {
    const { upperbound } = this.settings;
    const over = (field: string, value: string, most: string) =>
      proxyError(
        400,
        type,
        param,
        `{'error': '${field} is over max limit set in config - user_value=${value}; max_value=${most}'}`,
      );
    if (upperbound.duration !== undefined && duration !== null) {
      const most = durationInSeconds(upperbound.duration, this.now());
      if (duration === '-1' || this.seconds(duration, refuseDuration) > most) {
        throw over('duration', duration, upperbound.duration);
      }
    }
    if (upperbound.maxBudget !== undefined && maxBudget !== null && maxBudget > upperbound.maxBudget) {
      throw over('max_budget', pythonFloat(maxBudget), pythonFloat(upperbound.maxBudget));
    }
  }

  private fromNow(duration: string, refuse: (text: string) => Error): Date {
    return new Date(this.now().getTime() + this.seconds(duration, refuse) * 1000);
  }

  private seconds(duration: string, refuse: (text: string) => Error): number {
    try {
      return durationInSeconds(duration, this.now());
    } catch (error) {
      throw error instanceof DurationError ? refuse(error.message) : error;
    }
  }
}
