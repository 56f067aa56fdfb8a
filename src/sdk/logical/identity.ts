/** Whoever a token was given to, however they logged in. Go: `logical.Entity` in sdk/logical/identity.proto. */
export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly Alias[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly disabled: boolean;
  readonly namespaceId: string;
}

/** What an entity is to one authentication mount. Go: `logical.Alias`. */
export interface Alias {
  readonly id: string;
  readonly mountType: string;
  readonly mountAccessor: string;
  /** The mount's name for the entity, such as a user's name. */
  readonly name: string;
  /** What the mount tells of the entity. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What an operator has written to the alias. */
  readonly customMetadata: Readonly<Record<string, string>>;
  readonly namespaceId: string;
}

/** A group that an entity belongs to, directly or through another. Go: `logical.Group`. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly namespaceId: string;
}
