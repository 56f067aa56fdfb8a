import type { DisplayAttributes, Fields, FieldSchema } from './field-schema.ts';
import type { OASContent, OASParameter, OASResponse, OASSchema } from './openapi-document.ts';
import type { OperationResponse, PathOperation, PathOperationName } from './path.ts';

/** The names that an OpenAPI path has in braces. */
export type Captured = ReadonlySet<string | undefined>;

/** The parameters of a path: its captures, and the fields that are sent in the query. */
export function pathParameters(fields: Fields, captured: Captured): readonly OASParameter[] {
  return Object.entries(fields)
    .filter(([name, field]) => captured.has(name) || field.query === true)
    .toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
    .map(([name, field]) => {
      const { description, ...schema } = fieldSchema(field);
      return {
        name,
        ...text('description', description),
        in: captured.has(name) ? 'path' : 'query',
        schema,
        ...flag('required', captured.has(name)),
        ...flag('deprecated', field.deprecated),
      };
    });
}

/** The form of an operation's body: the fields that are neither captured nor sent in the query. */
export function bodySchema(
  fields: Fields,
  captured: Captured,
  { examples = [] }: PathOperation,
): OASSchema | undefined {
  const inBody = Object.entries(fields).filter(([name, field]) => !captured.has(name) && field.query !== true);
  const [example] = examples;
  if (inBody.length === 0 && example === undefined) return undefined;
  const required = inBody.filter(([, field]) => field.required === true).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(inBody.map(([name, field]) => [name, fieldSchema(field)])),
    ...list('required', required.toSorted()),
    ...(example && { example: example.data }),
  };
}

/** The answers to an operation; schemas of their own are added to `schemas`. */
export function documentResponses(
  verb: PathOperationName,
  { responses = {} }: PathOperation,
  defaultName: string,
  schemas: Record<string, OASSchema>,
): Readonly<Record<number, OASResponse>> {
  const entries = Object.entries(responses);
  if (entries.length === 0)
    return verb === 'delete' ? { 204: { description: 'empty body' } } : { 200: { description: 'OK' } };
  return Object.fromEntries(
    entries.map(([code, response]) => {
      const content = responseContent(response, defaultName, schemas);
      return [Number(code), { description: response.description, ...(content && { content }) }];
    }),
  );
}

function responseContent(
  { fields = {}, example, mediaType = 'application/json', schemaName: name }: OperationResponse,
  defaultName: string,
  schemas: Record<string, OASSchema>,
): OASContent | undefined {
  if (Object.keys(fields).length === 0) return example && { [mediaType]: { schema: { example } } };
  const properties = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, fieldSchema(field)]));
  schemas[name ?? defaultName] ??= { type: 'object', properties };
  return reference(name ?? defaultName);
}

/** A JSON body of a named schema. */
export function reference(name: string): OASContent {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } };
}

function fieldSchema(field: FieldSchema<unknown>): OASSchema {
  const { items, ...openAPI } = field.type.fieldType.openAPI;
  return {
    ...openAPI,
    ...(items !== undefined && { items: { type: items } }),
    ...text('description', field.description),
    ...list('enum', field.allowedValues ?? []),
    ...(field.default !== undefined && { default: field.default }),
    ...flag('deprecated', field.deprecated),
    ...displayAttrs(field.displayAttrs),
  };
}

/** The attributes without those that serve to make ids, or nothing. */
export function displayAttrs(attrs: DisplayAttributes = {}): { 'x-vault-displayAttrs'?: DisplayAttributes } {
  const { operationPrefix: _prefix, operationVerb: _verb, operationSuffix: _suffix, ...rest } = attrs;
  return Object.keys(rest).length === 0 ? {} : { 'x-vault-displayAttrs': rest };
}

/** A text without needless space under a key, or nothing. */
export function text<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  const clean = (value ?? '').trim().replace(/\s+/g, ' ');
  return clean === '' ? {} : ({ [key]: clean } as { readonly [P in K]?: string });
}

/** A list under a key, or nothing when it is empty. */
export function list<K extends string, T>(key: K, values: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return values.length === 0 ? {} : ({ [key]: values } as { readonly [P in K]?: readonly T[] });
}

/** A true under a key, or nothing. */
export function flag<K extends string>(key: K, value: boolean | undefined): { readonly [P in K]?: true } {
  return value === true ? ({ [key]: true } as { readonly [P in K]?: true }) : {};
}
