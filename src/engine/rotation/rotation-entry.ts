import * as v from 'valibot';
import { sha256 } from '../../litellm/sha256.ts';
import type { RotationEntry } from './rotation-handler.ts';

const text = v.pipe(v.string(), v.nonEmpty());

const storedForm = v.object({
  name: v.string(),
  key: text,
  key_alias: v.string(),
  predecessor: v.optional(
    v.object({
      token_id: text,
      key_alias: v.optional(v.string()),
      renamed_to: v.optional(v.string()),
      ours: v.boolean(),
    }),
  ),
  proxy: text,
  rollback_after: v.pipe(v.string(), v.isoTimestamp()),
  replaces: v.optional(v.boolean(), false),
  details: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** As JSON, for a write-ahead entry. It has the successor's value. */
export function rotationEntryToJSON(entry: RotationEntry): v.InferInput<typeof storedForm> {
  const { name, successor, predecessor, proxy, rollbackAfter, replaces, details } = entry;
  return {
    name,
    key: successor.key,
    key_alias: successor.keyAlias,
    ...(predecessor === undefined
      ? {}
      : {
          predecessor: {
            token_id: predecessor.tokenId,
            key_alias: predecessor.keyAlias,
            renamed_to: predecessor.renamedTo,
            ours: predecessor.ours,
          },
        }),
    proxy,
    rollback_after: rollbackAfter.toISOString(),
    replaces,
    details,
  };
}

/** Reads what {@link rotationEntryToJSON} wrote. Throws if it cannot, and quotes nothing. */
export function rotationEntryFromJSON(json: unknown): RotationEntry {
  const result = v.safeParse(storedForm, json);
  if (!result.success) {
    throw new Error(
      `a write-ahead entry does not tell which rotation it is about (${v.getDotPath(result.issues[0]) ?? 'it is not an object'})`,
    );
  }
  const { name, key, key_alias: keyAlias, predecessor, proxy, replaces, details } = result.output;
  return {
    name,
    successor: { key, tokenId: sha256(key), keyAlias },
    ...(predecessor === undefined
      ? {}
      : {
          predecessor: {
            tokenId: predecessor.token_id,
            keyAlias: predecessor.key_alias,
            renamedTo: predecessor.renamed_to,
            ours: predecessor.ours,
          },
        }),
    proxy,
    rollbackAfter: new Date(result.output.rollback_after),
    replaces,
    details,
  };
}
