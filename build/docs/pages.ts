import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { OASDocument } from '../../src/sdk/framework/openapi-document.ts';
import { describePath } from './tables.ts';

// Which page tells of which paths, and how its part that is made of their declarations is found in it.

const folder = resolve(import.meta.dir, '../../docs');

/** The page of every path that begins like this; the longest beginning counts. */
const pages: Readonly<Record<string, string>> = {
  config: 'configuration',
  'config/auto-tidy': 'usage',
  'config/rotate-root': 'rotation',
  roles: 'roles',
  'roles/{name}/usage': 'usage',
  creds: 'credentials',
  keys: 'usage',
  tidy: 'usage',
  'tidy-status': 'usage',
  'tidy-cancel': 'usage',
  'rotate-root': 'rotation',
  'static-roles': 'static-roles',
  'static-creds': 'static-roles',
  'rotate-role': 'static-roles',
};

const begin = '<!-- `just docs` writes the lines from here on from the declarations of the paths. -->';
const end = '<!-- The lines that `just docs` writes end here. -->';

/** A page that is not as the declarations of the paths are, or a path without a page. */
export class DocsError extends Error {
  override readonly name = 'DocsError';
}

/** A page, by the file it is in. */
export interface Page {
  /** Below the root of the project. */
  readonly file: string;
  /** Undefined where there is no such file. */
  readonly text: string | undefined;
  /** What the file must hold. */
  readonly wanted: string;
}

/** The name of a path's page. @throws DocsError */
export function pageOf(path: string): string {
  const plain = path.replaceAll(/^\/|\/$/g, '');
  const fitting = Object.keys(pages).filter((start) => plain === start || plain.startsWith(`${start}/`));
  const page = pages[fitting.toSorted((a, b) => b.length - a.length)[0] ?? ''];
  if (page === undefined) throw new DocsError(`no page tells of ${plain}: name one in build/docs/pages.ts`);
  return page;
}

/** Every page that has paths, as it is and as it should be. @throws DocsError */
export async function readPages(document: OASDocument): Promise<readonly Page[]> {
  const sections = new Map<string, string[]>();
  for (const path of Object.keys(document.paths)) {
    const page = pageOf(path);
    sections.set(page, [...(sections.get(page) ?? []), describePath(path, { document, pageOf })]);
  }
  return await Promise.all(
    Array.from(sections, async ([page, parts]): Promise<Page> => {
      const file = Bun.file(join(folder, `${page}.md`));
      const text = (await file.exists()) ? await file.text() : undefined;
      const wanted = await formatted(filled(text ?? `# ${title(page)}\n`, parts.join('\n\n'), page));
      return { file: `docs/${page}.md`, text, wanted };
    }),
  );
}

function title(page: string): string {
  const words = page.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A page with its part made anew; it goes to the end of one that has none. */
function filled(text: string, made: string, page: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const part = `${begin}\n\n${made}\n\n${end}`;
  if (from === -1 && to === -1) return `${text.trimEnd()}\n\n## API\n\n${part}\n`;
  if (from === -1 || to < from) throw new DocsError(`docs/${page}.md has one of its two marks and not the other`);
  return text.slice(0, from) + part + text.slice(to + end.length);
}

async function formatted(text: string): Promise<string> {
  const file = join(folder, 'page.md');
  return await format(text, { ...(await resolveConfig(file)), filepath: file });
}

/** Writes what differs. Gives the pages that it wrote. */
export async function writePages(document: OASDocument): Promise<readonly string[]> {
  const stale = (await readPages(document)).filter(({ text, wanted }) => text !== wanted);
  for (const { file, wanted } of stale) await Bun.write(resolve(folder, '..', file), wanted);
  return stale.map(({ file }) => file);
}

/** What a page has that it should not have, line by line, and the other way round; each line names its field. */
export function differences({ file, text = '', wanted }: Page): readonly string[] {
  const [is, should] = [text, wanted].map((one) => one.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim()));
  const only = (own: readonly string[] = [], other: readonly string[] = []): readonly string[] => {
    const there = new Set(other);
    return own.filter((line) => !there.has(line) && !/^\|[ |-]*\|$/.test(line));
  };
  return [
    ...only(should, is).map((line) => `${file} lacks: ${line}`),
    ...only(is, should).map((line) => `${file} has, and the code has not: ${line}`),
  ];
}
