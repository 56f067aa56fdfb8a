/**
 * The operations that a host may ask of a backend, by their names on the wire.
 * Go: `logical.Operation` in sdk/logical/request.go.
 */
export const operations = [
  'create',
  'read',
  'update',
  'patch',
  'delete',
  'list',
  'help',
  'revoke',
  'renew',
  'rollback',
] as const;

/** One of {@link operations}. A host may send others; a backend answers those as unsupported. */
export type Operation = (typeof operations)[number];

/** Tells whether a name from the wire is an operation that a backend can offer. */
export function isOperation(name: string): name is Operation {
  return (operations as readonly string[]).includes(name);
}
