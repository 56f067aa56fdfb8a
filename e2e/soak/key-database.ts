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
          requestId: requestIdOf(metadata),
        }));
    },
    deleted: async () => standIn.keys.deleted().filter(isOurs).length,
  };
}

function requestIdOf(metadata: Readonly<Record<string, unknown>>): string {
  const id = metadata['vault_request_id'];
  return typeof id === 'string' ? id : '';
}

function postgres(prefix: string, port: string): KeyDatabase {
  const ask = async (query: string): Promise<string> => {
    const command = ['psql', '-X', '-A', '-t', '-q', '-h', '127.0.0.1', '-p', port, '-U', 'litellm', '-d', 'litellm'];
    const child = Bun.spawn([...command, '-c', query], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
    const [code, text, complaint] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    if (code !== 0) throw new DatabaseError(`LiteLLM's database on port ${port} cannot be asked: ${complaint.trim()}`);
    return text;
  };
  const ours = `starts_with(key_alias, '${prefix}')`;
  return {
    async living() {
      const text = await ask(
        `SELECT token, key_alias, coalesce(blocked, false) = false AND coalesce(expires > (now() AT TIME ZONE 'utc'), true),
           created_at, metadata->>'vault_request_id'
         FROM "LiteLLM_VerificationToken" WHERE ${ours}`,
      );
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [tokenId = '', alias = '', usable = '', createdAt = '', requestId = ''] = line.split('|');
          return { tokenId, alias, usable: usable === 't', createdAt, requestId };
        });
    },
    deleted: async () => Number(await ask(`SELECT count(*) FROM "LiteLLM_DeletedVerificationToken" WHERE ${ours}`)),
  };
}
