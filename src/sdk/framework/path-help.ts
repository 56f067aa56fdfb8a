import type { BackendConfig, Paths } from '../logical/backend.ts';
import type { Request } from '../logical/request.ts';
import { helpResponse, type Response } from '../logical/response.ts';
import { humanDuration } from './duration.ts';
import type { FieldSchema } from './field-schema.ts';
import { documentPaths } from './openapi.ts';
import { type Path, pathOperations } from './path.ts';
import { anchorPattern } from './pattern.ts';

/** What help is given about. */
export interface HelpSubject {
  readonly help: string;
  readonly paths: readonly Path[];
  readonly pathsSpecial?: Paths;
  /** One of `backendType`. */
  readonly type: number;
}

type Host = Pick<BackendConfig, 'system' | 'logger'>;

/** Help on the mount: what it is, its paths, and OpenAPI for all of them. Go: `Backend.handleRootHelp`. */
export async function rootHelp(subject: HelpSubject, host: Host, req: Request): Promise<Response> {
  const paths = subject.paths
    .map((path) => ({ pattern: anchorPattern(path.pattern), synopsis: path.helpSynopsis }))
    .toSorted((a, b) => (a.pattern < b.pattern ? -1 : 1))
    .map(({ pattern, synopsis }) => `${indent(4, pattern)}\n${indent(8, orNone(synopsis))}`);
  const help = sections(
    subject.help.trim(),
    'PATHS',
    'Each pattern below stands for the paths that it matches. Ask for the help of such a path to learn its\n' +
      'parameters. Which paths you may use is up to the policies of your token.',
    ...paths,
  );
  return await answer(subject, subject.paths, help, host, req);
}

/** Help on one path: its operations, its parameters, and OpenAPI. Go: `Path.helpCallback`. */
export async function pathHelp(subject: HelpSubject, host: Host, path: Path, req: Request): Promise<Response> {
  const operations = pathOperations.filter((operation) => path.operations[operation] !== undefined);
  const fields = Object.entries(path.fields)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => {
      const deprecated = field.deprecated === true ? 'Deprecated. ' : '';
      const required = field.required === true ? ', required' : '';
      const title = `${name} (${field.type.fieldType.name}${required})`;
      const lines = [deprecated + orNone(field.description), ...values(field)];
      return `${indent(4, title)}\n${indent(8, lines.join('\n'))}`;
    });
  const help = sections(
    `Path:       ${req.path}\nPattern:    ${anchorPattern(path.pattern)}\nOperations: ${operations.join(', ')}`,
    (path.deprecated === true ? 'Deprecated. ' : '') + orNone(path.helpSynopsis),
    ...(fields.length > 0 ? ['PARAMETERS', ...fields] : []),
    'DESCRIPTION',
    orNone(path.helpDescription),
  );
  return await answer(subject, [path], help, host, req);
}

async function answer(subject: HelpSubject, paths: readonly Path[], help: string, host: Host, req: Request) {
  const prefix = req.data['requestResponsePrefix'];
  const document = documentPaths(paths, {
    version: await hostVersion(host),
    type: subject.type,
    pathsSpecial: subject.pathsSpecial ?? {},
    requestResponsePrefix: typeof prefix === 'string' ? prefix : '',
  });
  return helpResponse(help, [], document);
}

/** The version only decorates the document: a host that does not tell it gets its help all the same. */
async function hostVersion({ system, logger }: Host): Promise<string> {
  try {
    const { vaultVersion } = await system.pluginEnv();
    return vaultVersion;
  } catch (error) {
    logger.log('debug', 'the host did not tell its version', { error: String(error) });
    return 'unknown';
  }
}

/** What a field may be, and its default. */
function values({ type, allowedValues = [], default: value }: FieldSchema<unknown>): readonly string[] {
  const isDuration = type.fieldType.openAPI.format === 'duration';
  const shown = (item: unknown): string => {
    if (typeof item === 'string') return item === '' ? '""' : item;
    return isDuration && typeof item === 'number' ? humanDuration(item) : JSON.stringify(item);
  };
  return [
    ...(allowedValues.length === 0 ? [] : [`Allowed: ${allowedValues.map(shown).join(', ')}`]),
    ...(value === undefined ? [] : [`Default: ${shown(value)}`]),
  ];
}

function sections(...blocks: readonly string[]): string {
  return blocks.filter((block) => block !== '').join('\n\n');
}

function orNone(text: string | undefined): string {
  return text === undefined || text.trim() === '' ? '(no description)' : text.trim();
}

function indent(width: number, text: string): string {
  return text.replace(/^/gm, ' '.repeat(width));
}
