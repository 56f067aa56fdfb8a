import type { Storage } from '../../sdk/logical/storage.ts';
import type { RotationMoments } from './next-rotation.ts';

/** What a queue tells of time to whoever computes the next rotation: `nextRotation` takes both. */
export type QueueMoments = Required<Pick<RotationMoments, 'now' | 'seen'>>;

/** What a queue rotates, by name. Messages of errors are logged and shown: they must have no secret. */
export interface Rotating {
  /** What people call one of them, such as `static role`. */
  readonly what: string;
  /** The names of all that are stored, whether they rotate by themselves or not. */
  list(storage: Storage): Promise<readonly string[]>;
  /** When to rotate it, by what is stored now; due once that has passed. Undefined if never, or if it is gone. */
  next(storage: Storage, name: string, moments: QueueMoments): Promise<Date | undefined>;
  /**
   * Rotates what was due a moment ago, after another look under its own lock: somebody may have rotated or deleted it
   * meanwhile. Throws what fails, `ReadOnlyError` unchanged. The signal aborts when the mount closes, which waits for
   * this to end.
   */
  rotate(storage: Storage, name: string, moments: QueueMoments, signal: AbortSignal): Promise<void>;
}
