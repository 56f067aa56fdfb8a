/** A key that a client was given. */
export interface HeldKey {
  readonly key: string;
  readonly tokenId: string;
  readonly leaseId: string;
  readonly alias: string;
  /** The lease lives until then at least, in milliseconds since 1970. */
  leaseEnd: number;
  /** `ending`: its revocation was asked for and may have had its effect; `ended`: the engine said that it has. */
  state: 'held' | 'ending' | 'ended';
}

/** Something that did not hold, as one line. */
export interface Breach {
  readonly what: 'a live key was refused' | 'a revoked key was accepted' | 'a secret was shown';
  readonly detail: string;
  /** The key that it is about, where it is about one. */
  readonly held?: HeldKey;
}

/** Something that was done to the engine, its plugin, or what lies behind. Times are milliseconds since 1970. */
export interface Incident {
  readonly kind: string;
  readonly since: number;
  readonly until: number;
}

/** What the clients and those who disturb them write down. */
export class Ledger {
  readonly keys: HeldKey[] = [];
  readonly incidents: Incident[] = [];
  readonly breaches: Breach[] = [];
  readonly #counts = new Map<string, number>();

  /** Counts one more of something. */
  count(what: string): void {
    this.#counts.set(what, this.counted(what) + 1);
  }

  counted(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** Everything counted whose name begins so, by name. */
  countsLike(beginning: string): readonly (readonly [string, number])[] {
    return [...this.#counts].filter(([what]) => what.startsWith(beginning)).toSorted(([a], [b]) => a.localeCompare(b));
  }

  /** Whether such an incident touches that time. */
  happened(kind: string, since: number, until = Date.now()): boolean {
    return this.incidents.some((one) => one.kind === kind && one.since <= until && one.until >= since);
  }

  /** Does something disturbing and writes down what and when, whatever comes of it. */
  async during(kind: string, work: () => Promise<void>): Promise<void> {
    // Until it is over, it lasts.
    const incident = { kind, since: Date.now(), until: Number.POSITIVE_INFINITY };
    this.incidents.push(incident);
    try {
      await work();
    } finally {
      incident.until = Date.now();
      this.count(`incident: ${kind}`);
    }
  }

  /** Writes down something that came by itself since then. */
  seen(kind: string, since: number): void {
    this.incidents.push({ kind, since, until: Date.now() });
    this.count(`incident: ${kind}`);
  }
}
