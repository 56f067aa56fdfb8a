import { backendType, type Paths } from '../logical/backend.ts';
import { expandPattern } from './expand-pattern.ts';
import type { OASDocument, OASOperation, OASPathItem } from './openapi-document.ts';
import {
  displayAttrs,
  documentResponses,
  flag,
  list,
  pathParameters,
  queryParameters,
  requestBody,
  type SplitFields,
  splitFields,
  text,
} from './openapi-schema.ts';
import { operationId, schemaName } from './operation-id.ts';
import { type Path, type PathOperation, type PathOperationName, pathOperations } from './path.ts';
import { anchorPattern } from './pattern.ts';
import { matchesSpecialPath } from './special-path.ts';

/** What a document is made for. */
export interface OpenAPIOptions {
  /** The host's version. */
  readonly version: string;
  /** One of `backendType`. */
  readonly type: number;
  readonly pathsSpecial: Paths;
  /** The mount's type as the host knows it; starts the ids of operations without a prefix of their own. */
  readonly requestResponsePrefix: string;
}

/**
 * The OpenAPI document of paths, as Vault's SDK 0.25.1 makes it, also on OpenBao. Go: `documentPaths` in
 * sdk/framework/openapi.go.
 */
export function documentPaths(paths: readonly Path[], options: OpenAPIOptions): OASDocument {
  const document: OASDocument = {
    openapi: '3.0.2',
    info: {
      title: 'Secrets engine API',
      description: 'The paths of one mount; each is below `/v1/` and the path that the engine is mounted at.',
      version: options.version,
      license: { name: 'Mozilla Public License 2.0', url: 'https://www.mozilla.org/en-US/MPL/2.0' },
    },
    paths: {},
    components: { schemas: {} },
  };
  for (const path of paths) documentPath(path, options, document);
  return document;
}

function documentPath(path: Path, options: OpenAPIOptions, document: OASDocument): void {
  const expanded = expandPattern(path.pattern);
  for (const [index, name] of (expanded ?? [anchorPattern(path.pattern)]).entries()) {
    const fields = splitFields(path.fields, path.pattern, name);
    const operations: Partial<Record<Method | 'list', OASOperation>> = {};
    for (const { verb, operation } of expanded === undefined ? [] : published(path)) {
      const id = operationId({
        path: name,
        index,
        operation: verb,
        pathAttrs: path.displayAttrs,
        operationAttrs: operation.displayAttrs,
        defaultPrefix: options.requestResponsePrefix,
      });
      operations[methods[verb]] = documentOperation(path, fields, verb, operation, id, options, document);
    }
    const { list: listed, ...others } = operations;
    const common = {
      ...text('description', path.helpSynopsis),
      ...list('parameters', pathParameters(fields.path)),
      ...displayAttrs(path.displayAttrs),
    };
    // A host sends only lists to a path that ends in a slash.
    const slash = name.endsWith('/');
    if (listed === undefined || (!slash && Object.keys(others).length > 0)) {
      document.paths[`/${name}`] = {
        ...common,
        ...special(name, options.pathsSpecial),
        ...flag('x-vault-createSupported', expanded !== undefined && offersCreate(path)),
        ...(slash ? {} : others),
      } satisfies OASPathItem;
    }
    if (listed !== undefined) {
      const listName = slash ? name : `${name}/`;
      document.paths[`/${listName}`] = { ...common, ...special(listName, options.pathsSpecial), get: listed };
    }
  }
}

function special(name: string, { root = [], unauthenticated = [] }: Paths) {
  return {
    ...flag('x-vault-sudo', matchesSpecialPath(name, root)),
    ...flag('x-vault-unauthenticated', matchesSpecialPath(name, unauthenticated)),
  };
}

function offersCreate({ operations: { create } }: Path): boolean {
  return create !== undefined && create.unpublished !== true;
}

type Method = 'get' | 'post' | 'patch' | 'delete';

/** A list is a get of a path of its own, which ends in a slash. */
const methods = {
  read: 'get',
  list: 'list',
  create: 'post',
  update: 'post',
  patch: 'patch',
  delete: 'delete',
} as const satisfies Record<PathOperationName, Method | 'list'>;

/** The operations in the document: an update stands for a create. */
function published({ operations }: Path) {
  return pathOperations.flatMap((verb) => {
    const operation = operations[verb];
    if (operation === undefined || operation.unpublished === true) return [];
    return verb === 'create' && operations.update ? [] : [{ verb, operation }];
  });
}

function documentOperation(
  path: Path,
  fields: SplitFields,
  verb: PathOperationName,
  operation: PathOperation,
  id: string,
  options: OpenAPIOptions,
  document: OASDocument,
): OASOperation {
  const hasBody = verb === 'create' || verb === 'update' || verb === 'patch';
  const { schemas } = document.components;
  return {
    ...text('summary', operation.summary),
    ...text('description', operation.description),
    operationId: id,
    ...list('tags', tags(options.type)),
    ...list('parameters', hasBody ? [] : queryParameters(fields.query, verb)),
    ...(hasBody ? requestBody(path, fields, verb, operation, `${schemaName(id)}Request`, schemas) : {}),
    responses: documentResponses(verb, operation, `${schemaName(id)}Response`, schemas),
    ...flag('deprecated', operation.deprecated),
  };
}

function tags(type: number): readonly string[] {
  if (type === backendType.logical) return ['secrets'];
  return type === backendType.credential ? ['auth'] : [];
}
