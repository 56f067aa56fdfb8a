import type { KeyDetails } from '../../litellm/key-details.ts';
import { hasTemplate } from '../../sdk/framework/identity.ts';
import { readAs } from '../fields/conversion.ts';
import { refuseUnstorable } from '../fields/json-text.ts';
import { keyMetadataPrefix } from '../roles/key-metadata.ts';
import { type KeyTerms, keyTerms, mergedTerms, termRows } from '../roles/key-terms.ts';
import { metadataSetting } from '../roles/metadata-settings.ts';
import { isUnset, type Term } from '../roles/terms/term.ts';
import type { Carried } from './static-role-entry.ts';

/** A key in the words of a role. */
export interface AdoptedTerms {
  /** By field name. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** The rest. */
  readonly carried: Carried;
}

/**
 * What a LiteLLM key is, in the fields of a role as far as these can say it. The rest is carried: limits of 0, which a
 * role reads as none, settings that no field has, and texts that a role would read as templates.
 */
export function adoptedTerms({ params, metadata }: Pick<KeyDetails, 'params' | 'metadata'>): AdoptedTerms {
  const labels = Object.entries(metadata).filter(([name, value]) => isLabel(name, value));
  const fields = new Map<string, unknown>([['metadata', Object.fromEntries(labels)]]);
  for (const [field, row] of termRows) {
    if (row === keyTerms.metadata || row === keyTerms.key_alias_prefix || row.spread !== undefined) continue;
    const value = row.answeredIn === 'metadata' ? metadata[field] : params[field];
    if (value !== undefined && isSayable(row, value)) fields.set(field, value);
  }
  // A role's own default is less than what a key without a type has.
  if (!Object.hasOwn(params, 'key_type')) fields.set('key_type', 'default');
  const base: KeyTerms = mergedTerms(undefined, (field) => fields.get(field));
  for (const [field, row] of termRows) {
    const value = fields.get(field);
    if (value !== undefined && row.check?.(value, base) !== undefined) fields.delete(field);
  }
  return {
    fields,
    carried: {
      params: withoutNames(params, (name) => fields.has(name)),
      metadata: withoutNames(
        metadata,
        (name) =>
          name.startsWith(keyMetadataPrefix) ||
          (fields.has(name) && name !== 'metadata') ||
          isLabel(name, metadata[name]),
      ),
    },
  };
}

/** What is still carried once a write names these fields itself. */
export function withoutWritten({ params, metadata }: Carried, written: ReadonlyMap<string, unknown>): Carried {
  const isWritten = (name: string): boolean => written.has(name);
  return { params: withoutNames(params, isWritten), metadata: withoutNames(metadata, isWritten) };
}

function isLabel(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || name === '' || name.startsWith(keyMetadataPrefix)) return false;
  return metadataSetting(name) === undefined && isPlain(name) && isPlain(value);
}

/** Whether a role may say a value, and means the same. */
function isSayable(row: Term<unknown>, value: unknown): boolean {
  const reading = readAs(row.type, value);
  if (!('value' in reading) || isUnset(reading.value) || !isPlain(value)) return false;
  const sent = row.sent === undefined ? reading.value : row.sent(reading.value);
  // Every key has models and a budget, and a type too.
  const same = JSON.stringify(sent) === JSON.stringify(value);
  return same && !(Array.isArray(value) && value.includes(''));
}

/** Whether LiteLLM can store it, and it has no template. */
function isPlain(value: unknown): boolean {
  return refuseUnstorable(value) === undefined && !hasTemplate(JSON.stringify(value));
}

function withoutNames(
  map: Readonly<Record<string, unknown>>,
  leaveOut: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !leaveOut(name)));
}
