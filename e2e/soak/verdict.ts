import type { FaultyProxy } from './faulty-proxy.ts';
import type { Ledger } from './ledger.ts';
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
  readonly proxy: Pick<FaultyProxy, 'counts'>;
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
  const breaches = (what: string): number => ledger.breaches.filter((one) => one.what === what).length;
  const givenUp = ledger.counted('given up');
  return [
    ...ledger.countsLike('incident: ').map(([what, times]) => line(what.replace('incident: ', ''), `${times} times`)),
    line(
      'requests that the proxy made fail',
      String([...proxy.counts.values()].reduce((sum, count) => sum + count, 0)),
    ),
    ...ledger.countsLike('cured').map(([what, times]) => line(`a dead plugin ${what}`, `${times} times`)),
    line('settled after', `${settled.seconds.toFixed(0)} s`),
    line('keys made, by LiteLLM’s database', String(made)),
    line('  leased', String(leased)),
    line('  ended', String(ended)),
    line('  usable without a lease', String(lost.length)),
    line(
      '    made while the plugin was killed',
      String(lostBy('killed')),
      writeAhead ? lostBy('killed') === 0 : undefined,
    ),
    // This moment is left with a write-ahead entry too: it is removed before the engine has the answer.
    line('    the plugin was killed when it had them, before it answered', String(lostBy('answering'))),
    line(
      '    made while the engine was sealed or stepped down',
      String(lostBy('sealed')),
      writeAhead ? lostBy('sealed') === 0 : undefined,
    ),
    line(
      '    whose client had gone',
      `${lostBy('given up')} of ${givenUp}`,
      lostBy('given up') <= Math.ceil(givenUp * givenUpShare),
    ),
    line('    for no reason that is known', String(lostBy('unknown')), lostBy('unknown') === 0),
    line(
      'made = leased + ended',
      `${made} = ${leased} + ${ended}${lost.length === 0 ? '' : ` + ${lost.length} lost`}`,
      made === leased + ended + lost.length && leases >= leased,
    ),
    line('leases that the engine kept of keys that had ended', String(leases - leased)),
    line('leases that the engine had given up to revoke', String(settled.irrevocable)),
    line(
      'live keys refused during the run',
      `${breaches('a live key was refused')} of ${ledger.counted('live keys used')}`,
      breaches('a live key was refused') === 0,
    ),
    line('live keys refused at its end', `${refused} of ${checked}`, refused === 0),
    line(
      'revoked keys accepted',
      `${breaches('a revoked key was accepted')} of ${ledger.counted('revoked keys used')}`,
      breaches('a revoked key was accepted') === 0,
    ),
    line('write-ahead entries left', String(settled.writeAhead), settled.writeAhead === 0),
    line('secrets in error answers', String(breaches('a secret was shown')), breaches('a secret was shown') === 0),
    line('secrets in the engine’s log', String(secrets.log), secrets.log === 0),
    line('secrets in the audit file', String(secrets.audit), secrets.audit === 0),
    line('secrets in the storage’s files', String(secrets.storage), secrets.storage === 0),
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
