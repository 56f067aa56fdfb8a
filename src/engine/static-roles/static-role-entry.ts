import * as v from 'valibot';
import { type KeyTerms, storedTerms } from '../roles/key-terms.ts';
import { noRotation, type RotationParams, rotationParamsSchema } from '../schedule/rotation-params.ts';
import type { BudgetWindow } from './budget-window.ts';

/** The key that a static role hands out. */
export interface CurrentKey {
  /** The value, a secret. Absent for a key that was adopted and not rotated yet: nobody told it. */
  readonly key?: string | undefined;
  /** The sha256 of the value in hex, by which LiteLLM knows it. */
  readonly tokenId: string;
  /** Address of its proxy. */
  readonly proxy: string;
}

/** A key that a rotation replaced, and that works until its overlap is over. */
export interface FormerKey {
  readonly tokenId: string;
  readonly keyAlias: string;
  readonly proxy: string;
  /** When LiteLLM ends it by itself. */
  readonly ends: Date;
}

/** What an adopted key has that no field of a role can say, by LiteLLM's names: its successors get it too. */
export interface Carried {
  readonly params: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** For a key that the engine made. */
export const nothingCarried: Carried = { params: {}, metadata: {} };

/** What a static role has besides the terms of its key. */
export interface StaticRole {
  /** The alias of its key, which never changes: to people it is the same key, whatever its value. */
  readonly keyAlias: string;
  /** By what name a write adopted the key; absent if the engine made it. */
  readonly adopt?: string | undefined;
  readonly carried: Carried;
  readonly rotation: RotationParams;
  /** Seconds that a former key still works after a rotation. */
  readonly rotationOverlap: number;
  readonly current: CurrentKey;
  /** When the role was made: until its first rotation, an adopted key counts from here. */
  readonly created: Date;
  /** Absent until the first rotation of an adopted key; making a key counts as one. */
  readonly lastRotation?: Date | undefined;
  /** The oldest first. */
  readonly former: readonly FormerKey[];
  /** Absent if LiteLLM tells the end of the window for the key itself. */
  readonly budgetWindow?: BudgetWindow | undefined;
  /** Set while the role is being deleted: its key may be refused already. */
  readonly deletionBegan?: Date | undefined;
}

/** A stored static role. To store it is to complete a rotation: `current` is what is handed out. */
export type StaticRoleEntry = KeyTerms & StaticRole;

/** Where static roles are stored, below the mount. */
export const staticRolePrefix = 'static-roles/';

const moment = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((at) => new Date(at)),
);

/** valibot's own record leaves out `constructor` and the like, which are names like any other here. */
const anything = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const formerKeySchema = v.object({ tokenId: v.string(), keyAlias: v.string(), proxy: v.string(), ends: moment });

/**
 * The stored form. Required fields identify the key; what came later may be missing, and so may terms, as in a role.
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
