import type * as v from 'valibot';
import type { Client } from './client.ts';
import type { KeyPage, KeySelection, ListedKey } from './key.ts';
import type { listObjectsAnswer } from './schema.ts';

type ListedRow = NonNullable<v.InferOutput<typeof listObjectsAnswer>['keys'][number]>;

/** A key of a list in the form that the rest of the tree uses. */
export function listedKey(row: ListedRow): ListedKey {
  return {
    tokenId: row.token,
    metadata: row.metadata ?? {},
    blocked: row.blocked ?? false,
    models: row.models ?? [],
    limits: limitsOf(row),
    ...(row.key_alias == null ? {} : { alias: row.key_alias }),
    ...(row.expires == null ? {} : { expires: row.expires }),
    ...(row.created_at == null ? {} : { createdAt: row.created_at }),
    ...(row.updated_at == null ? {} : { updatedAt: row.updated_at }),
    ...(row.last_active == null ? {} : { lastActive: row.last_active }),
    ...(row.spend == null ? {} : { spend: row.spend }),
    ...(row.user_id == null ? {} : { userId: row.user_id }),
    ...(row.team_id == null ? {} : { teamId: row.team_id }),
  };
}

/** Limits of a key, besides its models. Those that LiteLLM keeps elsewhere than in the key's row are missing. */
const limitNames = [
  'max_budget',
  'budget_duration',
  'soft_budget',
  'tpm_limit',
  'rpm_limit',
  'tpd_limit',
  'max_parallel_requests',
] as const;

function limitsOf(row: ListedRow): ListedKey['limits'] {
  const limits: Record<string, string | number> = {};
  for (const name of limitNames) {
    const limit = row[name];
    if (typeof limit === 'number' || typeof limit === 'string') limits[name] = limit;
  }
  return limits;
}

/** The part of a query that selects keys. Versions that do not know a name ignore it. */
export function selectionQuery({ keyAlias, aliasPart, unexpired, order }: KeySelection): Record<string, string> {
  return {
    // By creation, new keys come at the end, and move no page that is still to be read.
    ...(order === 'most spent'
      ? { sort_by: 'spend', sort_order: 'desc' }
      : { sort_by: 'created_at', sort_order: 'asc' }),
    ...(keyAlias === undefined ? {} : { key_alias: keyAlias }),
    ...(aliasPart === undefined ? {} : { key_alias: aliasPart, substring_matching: 'true' }),
    ...(unexpired === true ? { expires: 'active' } : {}),
  };
}

/** LiteLLM gives no more at once. */
const pageSize = 100;

/** How pages are read. */
export interface KeyPagesOptions {
  readonly signal: AbortSignal;
  /** Called with the number of each page before it is asked for. If it throws, the reading ends. */
  readonly before?: (page: number) => Promise<void> | void;
}

/** All selected keys, page by page, one call after another. Stop the loop to end the reading. */
export async function* keyPages(
  client: Pick<Client, 'listKeys'>,
  selection: KeySelection,
  { signal, before }: KeyPagesOptions,
): AsyncGenerator<KeyPage> {
  for (let page = 1; ; page += 1) {
    await before?.(page);
    const listed = await client.listKeys({ ...selection, page, size: pageSize }, signal);
    yield listed;
    if (listed.keys.length === 0 || page >= listed.totalPages) return;
  }
}
