import { readFileSync } from 'node:fs';

/** The rows of a table that Vault's own SDK printed; see `framework/main.go`. */
export function readTable<T>(name: string): readonly T[] {
  const text = readFileSync(new URL(`framework/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
