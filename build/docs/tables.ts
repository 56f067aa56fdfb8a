import { humanDuration } from '../../src/sdk/framework/duration.ts';
import type {
  OASDocument,
  OASOperation,
  OASPathItem,
  OASResponse,
  OASSchema,
} from '../../src/sdk/framework/openapi-document.ts';

type Properties = Readonly<Record<string, OASSchema>>;

const methods = ['get', 'post', 'patch', 'delete'] as const;

interface Operation {
  /** The verb that an HTTP client sends. */
  readonly verb: string;
  readonly operation: OASOperation;
}

/** What is told of a path beside its own declaration. */
export interface PathContext {
  readonly document: OASDocument;
  /** The page of another path, by its path. */
  readonly pageOf: (path: string) => string;
}

/** A section about one path, in Markdown: its operations, what may be sent, and what comes back. */
export function describePath(path: string, context: PathContext): string {
  const { document } = context;
  const item = document.paths[path] ?? {};
  const operations = operationsOf(path, item);
  return [
    `### \`${shownPath(path)}\``,
    item.description ?? '',
    table(
      ['Method', 'Path', 'What it does', 'Answer'],
      operations.map(({ verb, operation }) => [
        `\`${verb}\``,
        `\`/v1/litellm/${shownPath(path)}\``,
        prose(operation.summary ?? ''),
        answers(operation.responses),
      ]),
    ),
    ...parameters(item, operations, document),
    ...answerFields(path, operations, context),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function operationsOf(path: string, item: OASPathItem): readonly Operation[] {
  return methods.flatMap((method): readonly Operation[] => {
    const operation = item[method];
    if (operation === undefined) return [];
    const verb = method === 'get' && path.endsWith('/') ? 'LIST' : method.toUpperCase();
    return [{ verb, operation }];
  });
}

function shownPath(path: string): string {
  return path.slice(1).replaceAll(/\{(\w+)\}/g, '<$1>');
}

function answers(responses: Readonly<Record<number, OASResponse>>): string {
  return Object.entries(responses)
    .map(([status, { description }]) => `\`${status}\` ${prose(description)}`)
    .join('<br>');
}

/** The fields of the path and of the first operation that takes a body, or else of the query. */
function parametersOf(item: OASPathItem, operations: readonly Operation[], document: OASDocument): Properties {
  const [written] = operations.flatMap(({ operation }) => bodyOf(operation, document) ?? []);
  const required = new Set(written?.required);
  const queried = operations
    .flatMap(({ operation }) => operation.parameters ?? [])
    .filter(({ name }) => name !== 'list');
  const outside = [...(item.parameters ?? []), ...queried].map(({ name, schema, description }) => [
    name,
    { ...schema, description },
  ]);
  const inBody = Object.entries(written?.properties ?? {}).map(([name, schema]) => [
    name,
    required.has(name) ? { ...schema, required: [name] } : schema,
  ]);
  return Object.fromEntries([...outside, ...inBody]) as Properties;
}

function parameters(item: OASPathItem, operations: readonly Operation[], document: OASDocument): readonly string[] {
  const inPath = new Set((item.parameters ?? []).map(({ name }) => name));
  const rows = Object.entries(parametersOf(item, operations, document)).map(([name, schema]) => [
    `\`${name}\``,
    typeOf(schema),
    inPath.has(name) ? 'in the path' : schema.required === undefined ? shownDefault(schema) : 'required',
    prose([schema.description ?? '', allowed(schema)].filter((part) => part !== '').join(' ')),
  ]);
  return rows.length === 0 ? [] : ['Parameters:', table(['Name', 'Type', 'Default', 'Description'], rows)];
}

function bodyOf({ requestBody }: OASOperation, document: OASDocument): OASSchema | undefined {
  const [content] = Object.values(requestBody?.content ?? {});
  return content && resolved(content.schema, document);
}

function resolved(schema: OASSchema, document: OASDocument): OASSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? schema);
}

/** The fields of the answers, each once; those that are a parameter, here or of another path, are only named. */
function answerFields(path: string, operations: readonly Operation[], context: PathContext): readonly string[] {
  const responses = operations.flatMap(({ operation }) => Object.values(operation.responses));
  const schemas = responses.flatMap(({ content = {} }) => Object.values(content).map(({ schema }) => schema));
  const answered = new Map(schemas.flatMap((one) => Object.entries(resolved(one, context.document).properties ?? {})));
  const written = new Map<string, string[]>();
  const rows: string[][] = [];
  for (const [name, schema] of answered) {
    const source = writtenAt(name, schema, path, context.document);
    if (source === undefined) rows.push([`\`${name}\``, typeOf(schema), prose(schema.description ?? '')]);
    else written.set(source, [...(written.get(source) ?? []), `\`${name}\``]);
  }
  const named = Array.from(written, ([source, names]) =>
    source === path
      ? `The answer has these fields as they were written: ${fewestNames(names, path, operations, context)}.`
      : `The answer has these fields of [\`${shownPath(source)}\`](${context.pageOf(source)}.md#api): ${names.join(', ')}.`,
  );
  if (rows.length === 0) return named;
  return [
    ...named,
    named.length === 0 ? 'The answer has these fields:' : 'It also has these fields:',
    table(['Name', 'Type', 'Description'], rows),
  ];
}

/** The names, or those that are not among them where these are fewer. */
function fewestNames(
  names: readonly string[],
  path: string,
  operations: readonly Operation[],
  { document }: PathContext,
): string {
  const item = document.paths[path] ?? {};
  const inPath = new Set((item.parameters ?? []).map(({ name }) => name));
  const others = Object.keys(parametersOf(item, operations, document))
    .filter((name) => !inPath.has(name) && !names.includes(code(name)))
    .map(code);
  if (others.length >= names.length) return names.join(', ');
  return others.length === 0 ? 'all of them' : `all but ${others.join(', ')}`;
}

/** The path that takes a field as a parameter, this one before any other. */
function writtenAt(name: string, { description }: OASSchema, path: string, document: OASDocument): string | undefined {
  const others = Object.keys(document.paths).filter((other) => other !== path);
  return [path, ...others].find((source) => {
    const item = document.paths[source] ?? {};
    return parametersOf(item, operationsOf(source, item), document)[name]?.description === description;
  });
}

function typeOf({ type = '', format, items }: OASSchema): string {
  if (format === 'duration') return 'duration';
  if (format === 'kvpairs') return 'key-value pairs';
  if (type === 'array') return items?.type === 'string' ? 'list' : 'list of objects';
  const names: Readonly<Record<string, string>> = { object: 'map', integer: 'int', number: 'float', boolean: 'bool' };
  return names[type] ?? type;
}

function allowed({ enum: values = [] }: OASSchema): string {
  return values.length === 0 ? '' : `One of ${values.map(String).map(code).join(', ')}.`;
}

function shownDefault({ format, default: value }: OASSchema): string {
  if (value === undefined || isEmpty(value)) return '';
  return code(format === 'duration' && typeof value === 'number' ? humanDuration(value) : shownValue(value));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Names of fields, templates, values and JSON as code, since Markdown reads signs in them. */
const codeLike = /\{\{[^}]*\}\}|[[{]+"[^ ]*[\]}](?= |\.|,|$)|(?<![\w`])(?:[\w-]+=[^\s,;]*\w|\w+_\w*)/g;

function prose(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? code(part) : part.replaceAll(codeLike, (found) => code(found))))
    .join('');
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
