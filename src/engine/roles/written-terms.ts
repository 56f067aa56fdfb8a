import type { FieldData } from '../../sdk/framework/field-data.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { StoredEntryError } from '../stored/entry-store.ts';
import { termRows } from './key-terms.ts';

/** What a write of a path with the fields of the table sent. */
export type WrittenData = Pick<FieldData, 'raw'>;

/** What was sent for a field whose name the caller does not know; undefined if nothing was. */
export function sentValue(data: WrittenData, field: string): unknown {
  return (data as unknown as { getOk(name: string): unknown }).getOk(field);
}

/** The terms that a write names, by field. */
export function sentTerms(data: WrittenData): ReadonlyMap<string, unknown> {
  const sent = termRows.map(([field]) => [field, sentValue(data, field)] as const);
  return new Map(sent.filter(([, value]) => value !== undefined));
}

const everyModel = 'models is empty: the keys of this role may call every model';

/** Warnings about the terms that a write names. */
export function termWarnings(data: WrittenData): readonly string[] {
  return termRows.flatMap(([field, row]) => {
    const value = sentValue(data, field);
    if (value === undefined) return [];
    // Often a variable that is not set, and as a text the only way to say it.
    const empty =
      data.raw[field] === ''
        ? field === 'models'
          ? everyModel
          : `${field} is empty: the keys of this role get none`
        : undefined;
    return [empty, row.warning?.(value)].filter((warning) => warning !== undefined);
  });
}

/**
 * Throws {@link UserMistake} if a write over an unreadable entry leaves out a field that the entry may have: nothing of
 * the entry is kept, so the field would silently lose its limit. `others` are fields that are not terms.
 */
export function requireAllFields(
  data: WrittenData,
  unreadable: StoredEntryError,
  names: readonly string[],
  others: readonly string[],
): void {
  const there = termRows.filter(([, row]) => row.default !== undefined || names.includes(row.stored));
  const fields = [...there.map(([field]) => field), ...others];
  const missing = fields.filter((field) => sentValue(data, field) === undefined);
  if (missing.length === 0) return;
  throw new UserMistake(
    `${unreadable.message}. Nothing was stored, since this write leaves out ${missing.join(', ')}: ` +
      'name every field, or delete the role and write it again',
  );
}
