import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A read as the engine's audit file has it. Times are milliseconds since 1970. */
export interface AuditedRead {
  /** Before the plugin was asked. */
  readonly asked: number;
  /** After it had answered or was found dead; undefined where the engine went down first. */
  readonly answered?: number;
  /** Empty where it went well. */
  readonly error: string;
}

interface AuditLine {
  readonly time: string;
  readonly type: string;
  readonly error?: string;
  readonly request?: { readonly id?: string };
}

/** The reads with these ids, by id. */
export async function auditedReads(file: string, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, AuditedRead>> {
  const found = new Map<string, AuditedRead>();
  if (ids.size === 0) return found;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    // A server that was killed leaves lines behind that are cut off.
    if (![...ids].some((id) => text.includes(id))) continue;
    const line = JSON.parse(text) as AuditLine;
    const id = line.request?.id ?? '';
    if (!ids.has(id)) continue;
    const time = Date.parse(line.time);
    if (line.type === 'request') found.set(id, { asked: time, error: '' });
    else found.set(id, { asked: found.get(id)?.asked ?? time, answered: time, error: line.error ?? '' });
  }
  return found;
}
