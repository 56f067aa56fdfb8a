import { mustBe } from './narrow.ts';
import type { Reading } from './conversion.ts';

/** Deeper than any setting of LiteLLM. What is much deeper overflows the stack of whoever reads it. */
const deepest = 32;

type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/** Reads a JSON map or list, given as such or as a text. Refuses what LiteLLM could not store. */
export function readJSON(raw: unknown, form: 'map', expected: string): Reading<Readonly<Record<string, unknown>>>;
export function readJSON(raw: unknown, form: 'list', expected: string): Reading<readonly unknown[]>;
export function readJSON(raw: unknown, form: 'map' | 'list', expected: string): Reading<Container> {
  let value: unknown = raw;
  if (typeof raw === 'string') {
    if (!/^\s*[[{]/.test(raw)) return { refusal: mustBe(expected, raw) };
    let sank = false;
    try {
      value = JSON.parse(raw, (_key, inner: unknown, context?: { readonly source?: string }) => {
        // 0 may mean "no limit", which nobody wrote.
        sank ||= inner === 0 && /^-?[0.]*[1-9]/.test(context?.source ?? '');
        return inner;
      });
    } catch {
      return { refusal: `${mustBe(expected, raw)}: it begins like JSON and is not valid JSON` };
    }
    if (sank) return { refusal: 'has a number in it that is so small that it would become 0: write 0, or more' };
  }
  if (!isContainer(value) || Array.isArray(value) !== (form === 'list')) return { refusal: mustBe(expected, value) };
  const refusal = refuseUnstorable(value);
  return refusal === undefined ? { value } : { refusal };
}

/** Why LiteLLM could not store a value as it was written; undefined if it can. */
export function refuseUnstorable(value: unknown): string | undefined {
  // Not recursive: what a caller nests must not overflow the stack.
  const pending: { readonly item: unknown; readonly depth: number }[] = [{ item: value, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { item, depth } = next;
    if (typeof item === 'string' && !isStorable(item)) return unstorableText;
    if (typeof item === 'number' && (!Number.isFinite(item) || (Number.isInteger(item) && !Number.isSafeInteger(item))))
      return 'has a number in it that is too large to be kept as it is: write one up to 2^53';
    if (!isContainer(item)) continue;
    if (depth >= deepest) return `is nested deeper than ${deepest} levels: write less of it`;
    for (const [name, inner] of Object.entries(item)) {
      if (!isStorable(name)) return unstorableText;
      pending.push({ item: inner, depth: depth + 1 });
    }
  }
  return undefined;
}

/** Whether there is a negative number anywhere in a value that {@link readJSON} read. */
export function hasNegative(value: unknown): boolean {
  if (typeof value === 'number') return value < 0;
  return isContainer(value) && Object.values(value).some(hasNegative);
}

const unstorableText = 'has a NUL character or half a surrogate pair in it, which LiteLLM cannot store: leave it out';

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
