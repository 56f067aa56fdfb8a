import type { TestEngine } from '../../harness/engine.ts';

/** Makes a key that no role of the engine made: what `fields` say, as somebody who has the master key. */
export async function foreignKey(
  { litellm }: Pick<TestEngine, 'litellm'>,
  fields: Readonly<Record<string, unknown>>,
): Promise<string> {
  const answer = await fetch(`${litellm.url}/key/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${litellm.masterKey}` },
    body: JSON.stringify(fields),
  });
  return ((await answer.json()) as { readonly token_id: string }).token_id;
}

/** The metadata of a key that the engine of the tests made. */
export const ofThisMount = { vault_backend_uuid: '00000000-0000-4000-8000-000000000001' } as const;
