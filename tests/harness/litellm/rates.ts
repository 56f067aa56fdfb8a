import type { Owners } from './owners.ts';
import { proxyError } from './refusal.ts';
import type { StoredKey } from './stored-key.ts';

const minute = 60_000;

/** Counts calls, and refuses those that are too many in a minute. */
export class Rates {
  private readonly counts = new Map<string, { readonly since: number; readonly count: number }>();

  /** Takes a call of a key to a model into account. */
  take(key: StoredKey, model: string, owners: Owners, now: Date): void {
    const byModel = key.metadata['model_rpm_limit'];
    const modelLimit: unknown =
      typeof byModel === 'object' && byModel !== null ? Reflect.get(byModel, model) : undefined;
    const team = owners.teams.get(String(key.params['team_id']));
    this.count('model_per_key', `${key.tokenId} ${model}`, modelLimit, now);
    this.count('api_key', key.tokenId, key.params['rpm_limit'], now);
    this.count('team', String(key.params['team_id']), team?.rpmLimit, now);
    for (const name of ['tpm_limit', 'tpd_limit']) {
      if (Number(key.params[name] ?? 0) < 0) throw tooMany('api_key', key.tokenId, 'tokens', Number(key.params[name]));
    }
  }

  private count(what: string, name: string, limit: unknown, now: Date): void {
    if (typeof limit !== 'number') return;
    const id = `${what} ${name}`;
    const known = this.counts.get(id);
    const fresh = known === undefined || now.getTime() - known.since >= minute;
    const { since, count } = fresh ? { since: now.getTime(), count: 0 } : known;
    if (count >= limit) throw tooMany(what, name, 'requests', limit);
    this.counts.set(id, { since, count: count + 1 });
  }
}

function tooMany(what: string, name: string, kind: string, limit: number) {
  const text = `Rate limit exceeded for ${what}: ${name}. Limit type: ${kind}. Current limit: ${limit}, Remaining: 0`;
  return proxyError(429, 'None', 'None', text);
}
