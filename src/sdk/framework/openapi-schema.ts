import type { DisplayAttributes, Fields, FieldSchema } from './field-schema.ts';
import type { OASContent, OASOperation, OASParameter, OASResponse, OASSchema } from './openapi-document.ts';
import type { OperationResponse, Path, PathOperation, PathOperationName } from './path.ts';

/** The fields of a path by where they are sent. */
export interface SplitFields {
  readonly path: Fields;
  /** In the query if there is no body, otherwise in the body. */
  readonly query: Fields;
  readonly body: Fields;
}

/**
 * Splits the fields of a path. A capture of the pattern that this form of it does not have is sent nowhere. Go:
 * `splitFields` in sdk/framework/openapi.go.
 */
export function splitFields(fields: Fields, pattern: string, openAPIPath: string): SplitFields {
  const inPath = names(openAPIPath, /\{(\w+)\}/g);
  const captured = names(pattern, /\(\?P?<(\w+)>/g);
  const pick = (wanted: (name: string, field: FieldSchema<unknown>) => boolean): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([name, field]) => wanted(name, field)));
  const elsewhere = (name: string) => !inPath.has(name) && !captured.has(name);
  return {
    path: pick((name) => inPath.has(name)),
    query: pick((name, field) => elsewhere(name) && field.query === true),
    body: pick((name, field) => elsewhere(name) && field.query !== true),
  };
}

function names(text: string, form: RegExp): ReadonlySet<string | undefined> {
  return new Set(Array.from(text.matchAll(form), ([, name]) => name));
}

/** The parameters of a path, for each of its operations. */
export function pathParameters(fields: Fields): readonly OASParameter[] {
  return sorted(Object.entries(fields).map(([name, field]) => parameter(name, field, 'path')));
}

/** The parameters of an operation without a body. */
export function queryParameters(fields: Fields, verb: PathOperationName): readonly OASParameter[] {
  const own = Object.entries(fields).map(([name, field]) => parameter(name, field, 'query'));
  return sorted(verb === 'list' ? [listParameter, ...own] : own);
}

const listParameter: OASParameter = {
  name: 'list',
  description: 'Must be `true`',
  in: 'query',
  schema: { type: 'string', enum: ['true'] },
  required: true,
};

function parameter(name: string, field: FieldSchema<unknown>, place: 'path' | 'query'): OASParameter {
  const { type, items, pattern, enum: allowed, default: value, 'x-vault-displayAttrs': attrs } = fieldSchema(field);
  // Go leaves the items out; without them a list is not a valid schema.
  const schema = { type, items, pattern, enum: allowed, default: value, 'x-vault-displayAttrs': attrs };
  return {
    name,
    ...text('description', field.description),
    in: place,
    schema: Object.fromEntries(Object.entries(schema).filter(([, given]) => given !== undefined)),
    ...flag('required', place === 'path'),
    ...flag('deprecated', field.deprecated),
  };
}

function sorted(parameters: readonly OASParameter[]): readonly OASParameter[] {
  return parameters.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The body of an operation: a schema of its own in `schemas`, unless it is free and has no fields. A patch is described
 * as a host accepts it, and not like a write as in Go: with its own media type, no required field, and any null.
 */
export function requestBody(
  { takesArbitraryInput }: Pick<Path, 'takesArbitraryInput'>,
  fields: SplitFields,
  verb: PathOperationName,
  { examples = [] }: PathOperation,
  name: string,
  schemas: Record<string, OASSchema>,
): Pick<OASOperation, 'requestBody'> {
  const inBody = Object.entries({ ...fields.body, ...fields.query });
  const isPatch = verb === 'patch';
  const required = inBody.filter(([, field]) => !isPatch && field.required === true).map(([key]) => key);
  const mediaType = isPatch ? mergePatch : json;
  const [example] = examples;
  const schema: OASSchema = {
    type: 'object',
    ...(inBody.length > 0 && {
      properties: Object.fromEntries(
        inBody.map(([key, field]) => [key, isPatch ? nullable(fieldSchema(field)) : fieldSchema(field)]),
      ),
    }),
    ...list('required', required.toSorted()),
    ...(example && { example: example.data }),
    ...flag('additionalProperties', takesArbitraryInput),
  };
  if (inBody.length > 0) {
    schemas[name] = schema;
    return { requestBody: { required: true, content: reference(name, mediaType) } };
  }
  if (takesArbitraryInput !== true) return {};
  return { requestBody: { required: true, content: { [mediaType]: { schema } } } };
}

const json = 'application/json';
const mergePatch = 'application/merge-patch+json';

/** A null gives a field its default, so a patch has no default. */
function nullable({ default: _default, ...schema }: OASSchema): OASSchema {
  return { ...schema, nullable: true };
}

/** The answers to an operation; schemas of their own are added to `schemas`. */
export function documentResponses(
  verb: PathOperationName,
  { responses = {} }: PathOperation,
  defaultName: string,
  schemas: Record<string, OASSchema>,
): Readonly<Record<number, OASResponse>> {
  const entries = Object.entries(responses);
  if (entries.length === 0) return defaultResponses(verb, schemas);
  return Object.fromEntries(
    entries.map(([code, response]) => {
      const content = responseContent(response, defaultName, schemas);
      return [Number(code), { description: response.description, ...(content && { content }) }];
    }),
  );
}

const listResponseName = 'StandardListResponse';

function defaultResponses(
  verb: PathOperationName,
  schemas: Record<string, OASSchema>,
): Readonly<Record<number, OASResponse>> {
  if (verb === 'delete') return { 204: { description: 'empty body' } };
  if (verb !== 'list') return { 200: { description: 'OK' } };
  schemas[listResponseName] = { type: 'object', properties: { keys: { type: 'array', items: { type: 'string' } } } };
  return { 200: { description: 'OK', content: reference(listResponseName) } };
}

function responseContent(
  { fields = {}, example, mediaType = json, schemaName: name }: OperationResponse,
  defaultName: string,
  schemas: Record<string, OASSchema>,
): OASContent | undefined {
  if (Object.keys(fields).length === 0) return example && { [mediaType]: { schema: { example } } };
  const properties = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, fieldSchema(field)]));
  schemas[name ?? defaultName] ??= { type: 'object', properties };
  return reference(name ?? defaultName);
}

function reference(name: string, mediaType = json): OASContent {
  return { [mediaType]: { schema: { $ref: `#/components/schemas/${name}` } } };
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

/** The attributes without those that make ids, or nothing. */
export function displayAttrs(attrs: DisplayAttributes = {}): { 'x-vault-displayAttrs'?: DisplayAttributes } {
  const { operationPrefix: _prefix, operationVerb: _verb, operationSuffix: _suffix, ...rest } = attrs;
  return Object.keys(rest).length === 0 ? {} : { 'x-vault-displayAttrs': rest };
}

/** A text without extra space, under a key, or nothing. */
export function text<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  const clean = (value ?? '').trim().replace(/\s+/g, ' ');
  return clean === '' ? {} : ({ [key]: clean } as { readonly [P in K]?: string });
}

/** A list under a key, or nothing if it is empty. */
export function list<K extends string, T>(key: K, values: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return values.length === 0 ? {} : ({ [key]: values } as { readonly [P in K]?: readonly T[] });
}

/** A true under a key, or nothing. */
export function flag<K extends string>(key: K, value: boolean | undefined): { readonly [P in K]?: true } {
  return value === true ? ({ [key]: true } as { readonly [P in K]?: true }) : {};
}
