import type { AuditedRead } from './audited-reads.ts';
import type { KeyRow } from './key-database.ts';
import type { ProxyCall } from './faulty-proxy.ts';
import type { Ledger } from './ledger.ts';

/** Why nobody has a lease of a key. `answering`: the plugin was killed between LiteLLM's answer and its own. */
export type Cause = 'killed' | 'answering' | 'sealed' | 'given up' | 'unknown';

/** A key that LiteLLM takes and nobody has a lease of, and all that is known of it. */
export interface LostKey {
  readonly row: KeyRow;
  readonly read: AuditedRead | undefined;
  readonly calls: readonly ProxyCall[];
  /** The calls that were to make a key for the same read: more than one where LiteLLM or the engine's plugin was lost on the way. */
  readonly makings: readonly Pick<ProxyCall, 'arrived'>[];
}

/** While one of these happens, the engine's storage is away. */
export const leaderGoes: readonly string[] = ['the engine is sealed', 'the leader steps down', 'the leader changes'];
/** A read that the engine never answered is over by then: no client waits longer. Milliseconds. */
const longestRead = 60_000;
/** The plugin learns that a client has gone about when the engine writes it down, and then remembers the key. Milliseconds. */
const untilRemembered = 1000;
/** Milliseconds by which two programs that read the same clock may differ. */
const clocks = 50;
/** What happened so long before and after its read is part of a key's story. Milliseconds. */
const aroundRead = 30_000;

/**
 * Why a key was lost. The plugin ends or remembers a key before it answers a read with an error. So a key is lost for a
 * known reason only where its read failed and the plugin was killed, or the engine's storage went away, while that read was
 * under way: however long it took, and however slow the machine is. A read that went well has a lease; of its key, unless
 * the plugin was killed and the engine asked its successor again by itself.
 */
export function causeOf(
  { row, read, calls, makings }: LostKey,
  { incidents, keys }: Pick<Ledger, 'incidents' | 'keys'>,
): Cause {
  if (read === undefined || keys.some(({ tokenId }) => tokenId === row.tokenId)) return 'unknown';
  const givenUp = row.alias.includes('-gone-');
  const from = read.asked - clocks;
  const to = (read.answered ?? read.asked + longestRead) + (givenUp ? untilRemembered : clocks);
  const during = incidents.filter(({ since, until }) => since <= to && until >= from);
  const kills = during.filter(({ kind }) => kind === 'the plugin is killed');
  const killed = calls.some(wasDelivered) ? 'answering' : 'killed';
  if (read.answered !== undefined && read.error === '') {
    const again = makings.length > 1 && kills.some(({ since }) => makings.some(({ arrived }) => arrived > since));
    return again ? killed : 'unknown';
  }
  // An engine that is up writes down that a plugin died.
  if (read.answered !== undefined && kills.length > 0) return killed;
  if (during.some(({ kind }) => leaderGoes.includes(kind))) return 'sealed';
  return givenUp ? 'given up' : 'unknown';
}

/** The plugin got the key, whole. */
function wasDelivered({ path, fault, status, over }: ProxyCall): boolean {
  return path === '/key/generate' && (fault ?? 'slow') === 'slow' && status === 200 && over !== undefined;
}

/** What happened to a lost key, line by line, in seconds since its read. */
export function storyOf({ row, read, calls }: LostKey, ledger: Ledger, log: string): readonly string[] {
  const begin = read?.asked ?? calls[0]?.arrived ?? 0;
  const at = (time: number | undefined): string =>
    time === undefined ? 'never' : Number.isFinite(time) ? `${((time - begin) / 1000).toFixed(3)} s` : 'the end';
  const held = ledger.keys.find(({ tokenId }) => tokenId === row.tokenId);
  const answered = read?.error === '' ? 'without an error' : `with ${read?.error.trim().replaceAll(/\s+/g, ' ')}`;
  return [
    `${row.alias}, ${row.tokenId}, made at ${row.createdAt} by the read ${row.requestId}`,
    read === undefined
      ? 'the audit file does not have that read'
      : `the engine was asked at ${new Date(begin).toISOString()}, and answered at ${at(read.answered)} ${answered}`,
    held === undefined ? 'no client was given it' : `a client was given it with the lease ${held.leaseId}`,
    ...calls.map(
      ({ path, arrived, fault, status, done, over }) =>
        `${path} came at ${at(arrived)}, ${fault ?? 'no fault'}, LiteLLM answered ${status ?? 'nothing'} at ${at(done)}, over at ${at(over)}`,
    ),
    ...ledger.incidents
      .filter(({ since, until }) => since <= begin + aroundRead && until >= begin - aroundRead)
      .map(({ kind, since, until }) => `${kind}: ${at(since)} to ${at(until)}`),
    ...log.split('\n').filter((line) => line.includes(row.alias) || line.includes(row.requestId)),
  ];
}
