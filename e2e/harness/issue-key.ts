import { ask, textOf, type objectOf } from './engine-api.ts';
import type { EngineServer } from './engine-server.ts';

/** A key as `creds/<role>` handed it out. */
export interface IssuedKey {
  readonly leaseId: string;
  /** In seconds. */
  readonly leaseDuration: number;
  readonly renewable: boolean;
  readonly key: string;
  readonly alias: string;
  readonly tokenId: string;
  readonly expires: string;
  readonly data: ReturnType<typeof objectOf>;
}

/** A name that no other test and no other run has used. */
export function uniqueName(stem: string): string {
  return `${stem}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Writes a role. @throws RefusedError */
export async function writeRole(
  server: Pick<EngineServer, 'api'>,
  path: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  await ask(server, 'POST', path, fields);
}

/** Reads `<mount>/creds/<role>`. @throws RefusedError */
export async function issueKey(server: Pick<EngineServer, 'api'>, role: string, mount = 'litellm'): Promise<IssuedKey> {
  const { body, data } = await ask(server, 'GET', `${mount}/creds/${role}`);
  return {
    leaseId: textOf(body['lease_id']),
    leaseDuration: Number(body['lease_duration']),
    renewable: body['renewable'] === true,
    key: textOf(data['key']),
    alias: textOf(data['key_alias']),
    tokenId: textOf(data['token_id']),
    expires: textOf(data['expires']),
    data,
  };
}
