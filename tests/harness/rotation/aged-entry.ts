/** A write-ahead entry, as it is stored, from whose time on LiteLLM must be through with what it was asked. */
export function agedEntry(entry: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(entry) || !isRecord(entry['data'])) throw new Error('a write-ahead entry is no object');
  return { ...entry, data: { ...entry['data'], rollback_after: new Date(Date.now() - 1000).toISOString() } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
