import type { DisplayAttributes } from './field-schema.ts';
import type { PathOperationName } from './path.ts';

/** What an operation's id is made from. */
export interface OperationIdParts {
  /** The OpenAPI path without its leading slash. */
  readonly path: string;
  /** Which of the pattern's expansions the path is. */
  readonly index: number;
  readonly operation: PathOperationName;
  readonly pathAttrs: DisplayAttributes | undefined;
  readonly operationAttrs: DisplayAttributes | undefined;
  /** The mount's type as the host knows it, or nothing. */
  readonly defaultPrefix: string;
}

/**
 * The id of an operation: prefix, verb and suffix joined by hyphens, each from the operation's display attributes, or
 * else from the path's, or else from the path itself. Go: `constructOperationID` in sdk/framework/openapi.go.
 */
export function operationId(parts: OperationIdParts): string {
  const { path, index, operation, pathAttrs, operationAttrs, defaultPrefix } = parts;
  const pick = (key: 'operationPrefix' | 'operationVerb' | 'operationSuffix') =>
    operationAttrs?.[key] || pathAttrs?.[key] || '';
  const prefix = pick('operationPrefix');
  const verb = pick('operationVerb');
  const suffixes = pick('operationSuffix').split('|');
  const suffix = suffixes[index] ?? '';
  const fromPath = path
    .split(/\W+/)
    .filter((word) => word !== '')
    .join('-');

  return [
    prefix === '' && verb === '' ? defaultPrefix : prefix,
    verb === '' ? (operation === 'update' ? 'write' : operation) : verb,
    // A verb alone names the operation, unless it would name several.
    suffix === '' && (verb === '' || index >= suffixes.length) ? fromPath : suffix,
  ]
    .filter((part) => part !== '')
    .join('-')
    .toLowerCase();
}

/** `litellm-write-role` as the name of a schema: `LitellmWriteRole`. */
export function schemaName(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
