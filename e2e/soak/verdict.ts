import type { FaultyProxy } from './faulty-proxy.ts';
import type { Breach, Ledger } from './ledger.ts';
import type { Cause } from './lost-keys.ts';
import type { Settled } from './settle.ts';

/** A line of the table. */
export interface Line {
  readonly what: string;
  readonly value: string;
  /** Undefined where nothing is asked of it. */
  readonly holds?: boolean;
}

/** What the verdict rests on. */
export interface Evidence {
  readonly ledger: Ledger;
  readonly settled: Settled;
  /** Of each key that was lost. */
  readonly causes: readonly Cause[];
  readonly proxy: Pick<FaultyProxy, 'calls'>;
  readonly writeAhead: boolean;
  /** How many secrets stand in what is kept. */
  readonly secrets: { readonly log: number; readonly audit: number; readonly storage: number };
  /** MB of the plugin, at most. */
  readonly memory: number;
}

/** Of the reads that a client gave up, so many may leave a key. */
const givenUpShare = 0.002;
/** MB. The processes of a run with faults are young: this is far above what a sound one takes. */
const mostMemory = 400;

/** What came of a run, line by line. */
export function verdict({ ledger, settled, causes, proxy, writeAhead, secrets, memory }: Evidence): readonly Line[] {
  const { made, leased, leases, ended, lost, checked, refused } = settled;
  const lostBy = (cause: Cause): number => causes.filter((one) => one === cause).length;
  const breaches = (what: Breach['what']): number => ledger.breaches.filter((one) => one.what === what).length;
  const none = (what: string, count: number, of?: number): Line =>
    line(what, of === undefined ? String(count) : `${count} of ${of}`, count === 0);
  // Without write-ahead entries, some are to be expected.
  const noneOrSome = writeAhead ? none : (what: string, count: number) => line(what, String(count));
  const givenUp = ledger.counted('given up');
  return [
    ...ledger.countsLike('incident: ').map(([what, times]) => line(what.replace('incident: ', ''), `${times} times`)),
    line('requests that the proxy made fail', String(proxy.calls.filter(({ fault }) => fault !== undefined).length)),
    ...ledger.countsLike('cured').map(([what, times]) => line(`a dead plugin ${what}`, `${times} times`)),
    line('settled after', `${settled.seconds.toFixed(0)} s`),
    line('keys made, by LiteLLM’s database', String(made)),
    line('  leased', String(leased)),
    line('  ended', String(ended)),
    line('  usable without a lease', String(lost.length)),
    noneOrSome('    made while the plugin was killed', lostBy('killed')),
    // This moment is left with a write-ahead entry too: it is removed before the engine has the answer.
    line('    the plugin was killed when it had them, before it answered', String(lostBy('answering'))),
    noneOrSome('    made while the engine was sealed or stepped down', lostBy('sealed')),
    line(
      '    whose client had gone',
      `${lostBy('given up')} of ${givenUp}`,
      lostBy('given up') <= Math.ceil(givenUp * givenUpShare),
    ),
    none('    for no reason that is known', lostBy('unknown')),
    line(
      'made = leased + ended',
      `${made} = ${leased} + ${ended}${lost.length === 0 ? '' : ` + ${lost.length} lost`}`,
      made === leased + ended + lost.length && leases >= leased,
    ),
    line('leases that the engine kept of keys that had ended', String(leases - leased)),
    line('leases that the engine had given up to revoke', String(settled.irrevocable)),
    none('live keys refused during the run', breaches('a live key was refused'), ledger.counted('live keys used')),
    none('live keys refused at its end', refused, checked),
    none('revoked keys accepted', breaches('a revoked key was accepted'), ledger.counted('revoked keys used')),
    none('write-ahead entries left', settled.writeAhead),
    none('secrets in error answers', breaches('a secret was shown')),
    none('secrets in the engine’s log', secrets.log),
    none('secrets in the audit file', secrets.audit),
    none('secrets in the storage’s files', secrets.storage),
    line('memory of the plugin, at most', `${memory.toFixed(0)} MB`, memory < mostMemory),
  ];
}

/** The table as text. */
export function tableOf(lines: readonly Line[]): string {
  return lines
    .map(({ what, value, holds }) =>
      `  ${what.padEnd(58)} ${value.padStart(20)}  ${holds === undefined ? '' : holds ? 'yes' : 'NO'}`.trimEnd(),
    )
    .join('\n');
}

function line(what: string, value: string, holds?: boolean): Line {
  return holds === undefined ? { what, value } : { what, value, holds };
}
