/**
 * How a request is made to fail:
 * - `status`: an error answer in LiteLLM's form (500 unless told), or with the given `body`;
 * - `html`: a page of some other server (502 unless told);
 * - `nonsense`: 200 and JSON that is not what was asked for;
 * - `redirect`: to `location` (307 unless told);
 * - `half-body`: the true answer, cut off in the middle;
 * - `slow-body`: the head and the beginning of the true answer, and never its end;
 * - `delay`: the true answer, `milliseconds` later;
 * - `hang`, `hang-after-effect`: no answer, without or with the effect of the request;
 * - `drop-before`, `drop-after-effect`: the connection is closed instead, without or with the effect. Bun
 *   sends a GET again when that happens on a connection that was used before: give such a one `times: 2`.
 */
export type FaultKind =
  | 'status'
  | 'html'
  | 'nonsense'
  | 'redirect'
  | 'half-body'
  | 'slow-body'
  | 'delay'
  | 'hang'
  | 'hang-after-effect'
  | 'drop-before'
  | 'drop-after-effect';

/** One failure to come. */
export interface Fault {
  readonly kind: FaultKind;
  /** Only requests to this path (without prefix and query); any by default. */
  readonly path?: string;
  /** How many requests fail; 1 by default. */
  readonly times?: number;
  /** For `status`, `html`, `nonsense`, `redirect`. */
  readonly status?: number;
  /** For `status`, `html`, `nonsense`: text as it is, or a value to be written as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** For `redirect`. */
  readonly location?: string;
  /** For `delay`. */
  readonly milliseconds?: number;
  /** For `status`, `html`, `nonsense`, `redirect`: carry the request out before answering so. */
  readonly withEffect?: boolean;
  /** For `status`, `html`, `nonsense`: the header `Retry-After`. */
  readonly retryAfter?: string;
}

/** The failures that a server has been told to make. */
export class Faults {
  private waiting: { readonly fault: Fault; left: number }[] = [];

  /** The next request that it fits fails so; several queue up. */
  next(fault: Fault): void {
    this.waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.waiting = [];
  }

  /** How many failures have not been made yet. */
  get pending(): number {
    return this.waiting.reduce((sum, { left }) => sum + left, 0);
  }

  /** The failure for a request, which then is used up. */
  take(path: string): Fault | undefined {
    const found = this.waiting.find(({ fault }) => fault.path === undefined || fault.path === path);
    if (found === undefined) return undefined;
    found.left -= 1;
    this.waiting = this.waiting.filter(({ left }) => left > 0);
    return found.fault;
  }
}
