import { textOf, type Json } from '../harness/engine-api.ts';
import type { LiteLLM } from '../harness/litellm.ts';
import { ReportedError } from '../harness/script.ts';

/** A key as LiteLLM's database has it. */
export interface KeyRow {
  readonly tokenId: string;
  readonly alias: string;
  /** Whether LiteLLM would take it now: neither blocked nor expired. */
  readonly usable: boolean;
  /** When LiteLLM made it, as its database tells it. */
  readonly createdAt: string;
  /** The engine's id of the read that asked for it. */
  readonly requestId: string;
}

/** All keys of a run, looked up past LiteLLM's API. */
export interface KeyDatabase {
  /** Those that are there. */
  living(): Promise<readonly KeyRow[]>;
  /** How many were deleted. */
  deleted(): Promise<number>;
}

/** The database could not be asked. */
class DatabaseError extends ReportedError {
  override readonly name = 'DatabaseError';
}

/** The keys whose alias begins with `prefix`: in the stand-in's table, or in the PostgreSQL on LITELLM_PG_PORT. */
export function keyDatabase({ standIn }: LiteLLM, prefix: string): KeyDatabase {
  if (standIn === undefined) return postgres(prefix, process.env['LITELLM_PG_PORT'] ?? '41432');
  const isOurs = ({ keyAlias }: { readonly keyAlias: string | null }): boolean => keyAlias?.startsWith(prefix) === true;
  return {
    async living() {
      const now = new Date();
      return standIn.keys
        .all()
        .filter(isOurs)
        .map(({ tokenId, keyAlias, blocked, expires, createdAt, metadata }) => ({
          tokenId,
          alias: keyAlias ?? '',
          usable: blocked !== true && (expires === null || expires > now),
          createdAt: createdAt.toISOString(),
          requestId: textOf((metadata['vault_request_id'] ?? '') as Json),
        }));
    },
    deleted: async () => standIn.keys.deleted().filter(isOurs).length,
  };
}

function postgres(prefix: string, port: string): KeyDatabase {
  const ask = async <Row>(query: (sql: Bun.SQL) => Promise<Row>): Promise<Row> => {
    // Each time anew, since the database is stopped meanwhile.
    await using sql = new Bun.SQL(`postgres://litellm@127.0.0.1:${port}/litellm`, { max: 1 });
    return await query(sql).catch((error: unknown) => {
      throw new DatabaseError(`LiteLLM's database on port ${port} cannot be asked: ${String(error)}`, { cause: error });
    });
  };
  return {
    living: () =>
      ask(
        (sql) => sql<readonly KeyRow[]>`
          SELECT token AS "tokenId", key_alias AS alias, created_at::text AS "createdAt",
            coalesce(blocked, false) = false AND coalesce(expires > (now() AT TIME ZONE 'utc'), true) AS usable,
            coalesce(metadata->>'vault_request_id', '') AS "requestId"
          FROM "LiteLLM_VerificationToken" WHERE starts_with(key_alias, ${prefix})`,
      ),
    async deleted() {
      const [row] = await ask(
        (sql) => sql<readonly { readonly count: number }[]>`
          SELECT count(*)::int FROM "LiteLLM_DeletedVerificationToken" WHERE starts_with(key_alias, ${prefix})`,
      );
      return row?.count ?? 0;
    },
  };
}
