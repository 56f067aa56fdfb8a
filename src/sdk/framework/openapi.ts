import { backendType, type Paths } from '../logical/backend.ts';
import { expandPattern } from './expand-pattern.ts';
import type { OASDocument, OASOperation, OASParameter, OASPathItem, OASSchema } from './openapi-document.ts';
import {
  bodySchema,
  type Captured,
  displayAttrs,
  documentResponses,
  flag,
  list,
  pathParameters,
  reference,
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
  /** The mount's type as the host knows it; starts the ids of operations that have no prefix of their own. */
  readonly requestResponsePrefix: string;
}

/** The OpenAPI document of paths. Go: `documentPaths` in sdk/framework/openapi.go. */
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
    const captured = new Set(Array.from(name.matchAll(/\{(\w+)\}/g), ([, capture]) => capture));
    const operations = expanded === undefined ? [] : published(path);
    const item = Object.fromEntries(
      operations.map(({ method, verb, operation }) => {
        const id = operationId({
          path: name,
          index,
          operation: verb,
          pathAttrs: path.displayAttrs,
          operationAttrs: operation.displayAttrs,
          defaultPrefix: options.requestResponsePrefix,
        });
        return [method, documentOperation(path, captured, verb, operation, id, options, document)];
      }),
    );
    document.paths[`/${name}`] = {
      ...text('description', path.helpSynopsis),
      ...list('parameters', pathParameters(path.fields, captured)),
      ...flag('x-vault-sudo', matchesSpecialPath(name, options.pathsSpecial.root ?? [])),
      ...flag('x-vault-unauthenticated', matchesSpecialPath(name, options.pathsSpecial.unauthenticated ?? [])),
      ...flag(
        'x-vault-createSupported',
        path.operations.create !== undefined && !path.operations.create.unpublished && expanded !== undefined,
      ),
      ...displayAttrs(path.displayAttrs),
      ...item,
    } satisfies OASPathItem;
  }
}

const methods = { read: 'get', list: 'get', create: 'post', update: 'post', patch: 'patch', delete: 'delete' } as const;

/** The operations that a document tells: an update stands for a create, and a read for a list. */
function published(path: Path) {
  const { operations } = path;
  return pathOperations.flatMap((verb) => {
    const operation = operations[verb];
    if (operation === undefined || operation.unpublished === true) return [];
    if ((verb === 'create' && operations.update) || (verb === 'list' && operations.read)) return [];
    return [{ method: methods[verb], verb, operation }];
  });
}

function documentOperation(
  path: Path,
  captured: Captured,
  verb: PathOperationName,
  operation: PathOperation,
  id: string,
  options: OpenAPIOptions,
  document: OASDocument,
): OASOperation {
  const body =
    methods[verb] === 'post' || methods[verb] === 'patch' ? bodySchema(path.fields, captured, operation) : undefined;
  const { schemas } = document.components;
  const requestName = `${schemaName(id)}Request`;
  if (body !== undefined) schemas[requestName] = body;
  return {
    ...text('summary', operation.summary),
    ...text('description', operation.description),
    operationId: id,
    ...list('tags', tags(options.type)),
    ...list('parameters', listParameters(path, verb)),
    ...(body && { requestBody: { required: true, content: reference(requestName) } }),
    responses: documentResponses(verb, operation, `${schemaName(id)}Response`, schemas),
    ...flag('deprecated', operation.deprecated),
  };
}

function tags(type: number): readonly string[] {
  if (type === backendType.logical) return ['secrets'];
  return type === backendType.credential ? ['auth'] : [];
}

function listParameters(path: Path, verb: PathOperationName): readonly OASParameter[] {
  if (verb === 'list') {
    const schema: OASSchema = { type: 'string', enum: ['true'] };
    return [{ name: 'list', description: 'Must be `true`', in: 'query', required: true, schema }];
  }
  if (verb !== 'read' || path.operations.list === undefined) return [];
  return [{ name: 'list', description: 'Lists when it is `true`', in: 'query', schema: { type: 'string' } }];
}
