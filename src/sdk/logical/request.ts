import type { Secret } from './secret.ts';
import type { Storage } from './storage.ts';

/**
 * One request to a backend.
 * Go: `logical.Request` in sdk/logical/request.go.
 */
export interface Request {
  /** The host's id of the request; empty on rollbacks, revocations and `resolve-path`. */
  readonly id: string;
  /** One of the known operations, or a name from a newer host. */
  readonly operation: string;
  /** The path below the mount, without a leading slash. */
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The lease, on renewals and revocations only. */
  readonly secret?: Secret;
  readonly storage: Storage;
  readonly mountPoint: string;
  readonly mountType: string;
  /** Empty on reads under Vault: the backend's UUID from its configuration identifies a mount. */
  readonly mountAccessor: string;
  readonly displayName: string;
  readonly entityId: string;
  /** Aborts when the caller has gone; Go passes a context instead. */
  readonly signal: AbortSignal;
  /**
   * Calls `act`, once, if the caller has gone without the answer, even if the answer was already on its way: then the
   * host has dropped it, and what it handed out must be undone. It keeps `act` for a while, so let that hold no more
   * than it needs. Absent if nothing tells. Go has no such thing.
   */
  readonly onUndelivered?: (act: () => void) => void;
}

/** What a backend's Initialize gets. Go: `logical.InitializationRequest`. */
export interface InitializationRequest {
  readonly storage: Storage;
}
