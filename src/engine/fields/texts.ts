import { describeValue } from '../../sdk/framework/field-conversion-error.ts';
import type { FieldType } from '../../sdk/framework/field-type.ts';
import { commaStringSlice, kvPairs, string } from '../../sdk/framework/field-type.ts';
import { countCodePoints } from '../../sdk/framework/code-points.ts';
import { converted } from './conversion.ts';
import { mustBe, narrow } from './narrow.ts';

const names = 'a list of texts, or one text with commas between the names';

/** Names in a list, or in one text with commas between them. `[]` and an empty text mean no names. */
export const nameList: FieldType<readonly string[]> = narrow(commaStringSlice, names, (raw) => {
  if (typeof raw === 'string')
    return looksLikeJSON(raw) ? `${isJSON}: write a,b or, in a JSON body, ["a","b"]` : undefined;
  if (!Array.isArray(raw)) return mustBe(names, raw);
  for (const name of raw as readonly unknown[]) {
    if (typeof name !== 'string') return `${mustBe(names, raw)} that has ${describeValue(name)} in it`;
    if (looksLikeJSON(name)) return `has a name in it that is JSON: write each name as a text of its own`;
  }
  return undefined;
});

const pairs = 'a map of texts, one as JSON in a text, or texts of the form name=value';

/** Texts by name: a map, also as JSON in a text, or `name=value`, once or as a list. Each name once. */
export const labels: FieldType<Readonly<Record<string, string>>> = narrow(kvPairs, pairs, (raw) => {
  if (typeof raw === 'string') return refusePairText(raw);
  if (Array.isArray(raw)) return refuseList(raw);
  return refuseObject(raw, raw);
});

const isJSON = 'is a list or a map in JSON, as a text';

function refusePairText(text: string): string | undefined {
  if (!looksLikeJSON(text)) return text.indexOf('=') > 0 ? undefined : mustBe(pairs, text);
  try {
    return refuseObject(JSON.parse(text), text);
  } catch {
    return `${mustBe(pairs, text)}: it begins like JSON and is not valid JSON`;
  }
}

function refuseList(list: readonly unknown[]): string | undefined {
  const seen = new Set<string>();
  for (const pair of list) {
    if (typeof pair !== 'string' || looksLikeJSON(pair) || pair.indexOf('=') <= 0) {
      return `${mustBe(pairs, list)} that has ${describeValue(pair)} in it`;
    }
    const name = pair.slice(0, pair.indexOf('='));
    if (seen.has(name)) return 'has a name in it twice: give each name one text';
    seen.add(name);
  }
  return undefined;
}

function refuseObject(value: unknown, raw: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return mustBe(pairs, raw);
  const other = Object.values(value).find((text) => typeof text !== 'string');
  // A value that is undefined cannot come from JSON.
  return other === undefined
    ? undefined
    : `must have only texts as values, and has ${describeValue(other)}: put it in quotes`;
}

/** Whether a text was meant as a list or a map, and would be read as a name. `{{` begins a template. */
function looksLikeJSON(text: string): boolean {
  return /^\s*(?:\[|\{(?!\{))/.test(text);
}

const aText = 'a text';
const longestId = 1024;

/** A name or an id in LiteLLM, in one line. An empty text means none. */
export const id: FieldType<string> = narrow(string, 'a text in one line', (raw) => {
  if (typeof raw !== 'string') return mustBe(aText, raw);
  if (countCodePoints(raw) > longestId) return `must have at most ${longestId} characters`;
  // A file is often read with the line break at its end.
  if (raw !== raw.trim()) return 'must not begin or end with a space or a line break: leave that out';
  if (/\p{Cc}|\p{Zl}|\p{Zp}/u.test(raw)) return 'must not have control characters in it: leave them out';
  return raw.isWellFormed() ? undefined : 'has half a surrogate pair in it, which LiteLLM cannot store: leave it out';
});

/** One of the listed texts. An empty text may be among them, for none. */
export const oneOf = <const T extends string>(values: readonly T[]): FieldType<T | ''> => {
  const shown = values.filter((value) => value !== '').join(', ');
  const info = { name: 'string', zero: '', openAPI: { type: 'string' } } as const;
  return converted<T | ''>(info, `one of ${shown}`, (raw) => {
    const value = values.find((known) => known === raw);
    return value === undefined ? { refusal: mustBe(`one of ${shown}`, raw) } : { value };
  });
};
