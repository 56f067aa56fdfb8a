import type { Request } from '../../sdk/logical/request.ts';
import { nextRotation } from '../schedule/next-rotation.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { ConfigEntry } from './config-entry.ts';

/** A key that this mount made for itself. */
export interface OwnKey {
  readonly keyAlias: string;
  readonly tokenId: string;
  readonly userId: string;
  /** The connection with it, as it is stored. */
  readonly config: ConfigEntry;
  readonly warnings: readonly string[];
}

/** What `config` needs from the code that makes and rotates the mount's own key. */
export interface OwnKeys {
  /**
   * Makes an administrator and a key with the master key of a verified connection. `commit` stores the connection with
   * that key, and tells whether the stored one was still as the request found it. Throws a `UserMistake` or a
   * `CodedError`.
   */
  bootstrap(req: Request, asked: ConfigEntry, commit: (own: ConfigEntry) => Promise<boolean>): Promise<OwnKey>;
  /** When the stored key rotates next by itself, and the warnings about that. */
  outlook(config: ConfigEntry): { readonly next: Date | undefined; readonly warnings: readonly string[] };
}

/** Whether the key is set to rotate by itself. */
export function rotatesByItself({ rotation }: Pick<ConfigEntry, 'rotation'>): boolean {
  return !rotation.disabled && (rotation.period > 0 || rotation.schedule !== '');
}

/** The moment from which the next rotation counts once `config` replaces `existing`; undefined: none. */
export function rotationStart(existing: ConfigEntry | undefined, config: ConfigEntry, now: Date): string | undefined {
  if (!rotatesByItself(config)) return undefined;
  const sameKey = existing?.baseURL === config.baseURL && existing.masterKey === config.masterKey;
  const before = existing !== undefined && sameKey && rotatesByItself(existing) ? existing.rotationFrom : undefined;
  return before ?? now.toISOString();
}

/** Throws if the key is set to rotate by itself and cannot. */
export function refuseFixedKey(config: ConfigEntry): void {
  if (config.verified?.kind !== 'master key' || !rotatesByItself(config)) return;
  throw new UserMistake(
    "nothing was stored: the proxy's own master key stands in LiteLLM's configuration and cannot be rotated. Write " +
      'bootstrap=true in the same write, and this mount makes a key of its own, which can',
  );
}

/** Warns if the key expires before its next rotation. */
export function rotationWarnings(config: ConfigEntry, now: Date): readonly string[] {
  const { verified, rotationFrom } = config;
  if (verified?.expires === undefined || rotationFrom === undefined) return [];
  const next = nextRotation(config.rotation, { last: new Date(rotationFrom), now });
  if (next === undefined || next < new Date(verified.expires)) return [];
  return [
    `The key expires at ${verified.expires}, before its next rotation at ${next.toISOString()}: rotate it before, by a write to rotate-root or a shorter rotation_period.`,
  ];
}
