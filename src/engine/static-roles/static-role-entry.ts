import * as v from 'valibot';
import { type KeyTerms, storedTerms } from '../roles/key-terms.ts';
import { noRotation, type RotationParams, rotationParamsSchema } from '../schedule/rotation-params.ts';
import type { BudgetWindow } from './budget-window.ts';

/** The key that a static role hands out. */
export interface CurrentKey {
  /** The value, a secret. Left out of one that was adopted and not rotated yet: nobody told it. */
  readonly key?: string | undefined;
  /** The sha256 of the value in hex, by which LiteLLM knows it. */
  readonly tokenId: string;
  /** Address of the proxy that it is on. */
  readonly proxy: string;
}

/** A key that a rotation has replaced, and that still works until its overlap is over. */
export interface FormerKey {
  readonly tokenId: string;
  readonly keyAlias: string;
  readonly proxy: string;
  /** When LiteLLM ends it by itself. */
  readonly ends: Date;
}

/** What an adopted key has that no field of a role says, by LiteLLM's names: its successors get it too. */
export interface Carried {
  readonly params: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a key has besides that the engine made. */
export const nothingCarried: Carried = { params: {}, metadata: {} };

/** What a static role has beside the terms of its key. */
export interface StaticRole {
  /** The alias of its key, for good: by this it is the same key for people, whatever its value is. */
  readonly keyAlias: string;
  /** What the write that adopted a key named it by; left out where the engine made the key. */
  readonly adopt?: string | undefined;
  readonly carried: Carried;
  readonly rotation: RotationParams;
  /** Seconds that a former key still works after a rotation. */
  readonly rotationOverlap: number;
  readonly current: CurrentKey;
  /** When the role was made: until its first rotation, an adopted key counts from here. */
  readonly created: Date;
  /** Left out until the first rotation of an adopted key; the making of a key is one. */
  readonly lastRotation?: Date | undefined;
  /** The oldest first. */
  readonly former: readonly FormerKey[];
  /** Left out where LiteLLM tells of the key itself when its window ends. */
  readonly budgetWindow?: BudgetWindow | undefined;
  /** Set while the role is being deleted: its key may be refused already. */
  readonly deletionBegan?: Date | undefined;
}

/** A stored static role. Storing it is what a rotation comes to: whatever its `current` is, is handed out. */
export type StaticRoleEntry = KeyTerms & StaticRole;

/** Where static roles are stored, below the mount. */
export const staticRolePrefix = 'static-roles/';

const moment = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((at) => new Date(at)),
);

/** valibot's own record leaves out `constructor` and the like, which are names like all others here. */
const anything = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const formerKeySchema = v.object({ tokenId: v.string(), keyAlias: v.string(), proxy: v.string(), ends: moment });

/**
 * The stored form. By what must be there the key is known; what came later may be missing, and so may terms, as in a role.
 */
export const staticRoleEntrySchema = v.object({
  ...storedTerms(),
  keyAlias: v.pipe(v.string(), v.nonEmpty()),
  adopt: v.optional(v.string()),
  carried: v.optional(v.object({ params: anything, metadata: anything }), nothingCarried),
  rotation: v.optional(rotationParamsSchema, noRotation),
  rotationOverlap: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0),
  current: v.object({ key: v.optional(v.string()), tokenId: v.string(), proxy: v.string() }),
  created: moment,
  lastRotation: v.optional(moment),
  former: v.optional(v.array(formerKeySchema), []),
  budgetWindow: v.optional(v.object({ ends: moment, ofKey: moment })),
  deletionBegan: v.optional(moment),
}) as unknown as v.GenericSchema<unknown, StaticRoleEntry>;
