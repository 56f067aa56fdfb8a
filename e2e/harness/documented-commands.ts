import { join, resolve } from 'node:path';

// The commands that the README and the pages of docs/ show, and what the pages say of them in comments above their blocks.

const root = resolve(import.meta.dir, '../..');
const folder = join(root, 'docs');

/** A command of a page. */
export interface DocumentedCommand {
  /** As it stands there, with its continued lines and its here-document. */
  readonly text: string;
  /** The commented lines right below it, without their marks: what it prints. */
  readonly output: readonly string[];
}

/** A block of commands of a page. */
export interface CommandBlock {
  readonly commands: readonly DocumentedCommand[];
  /** Why the block cannot be run here. */
  readonly notRun?: string;
  /** The file of the test that runs it, in place of the one that runs all others. */
  readonly runApart?: string;
  /** What each of its commands fails with. */
  readonly fails?: string;
  /** The one engine that has it. */
  readonly only?: 'OpenBao' | 'Vault';
}

/** A page is not written as its reader here needs it. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

const block = /(?:^[ ]*<!-- ([^\n]*) -->\n\s*)?^([ ]*)```sh\n(.*?)^[ ]*```$/gms;

/** The blocks of `sh` of a page of docs/, in their order. @throws PageError */
export async function commandBlocks(page: string): Promise<readonly CommandBlock[]> {
  return blocksOf(await Bun.file(join(folder, page)).text(), page);
}

/** The blocks of `sh` of a page's text; the error names the page. @throws PageError */
export function blocksOf(text: string, page: string): readonly CommandBlock[] {
  return [...text.matchAll(block)].map(([, mark, indent = '', body = '']) => {
    const lines = body.split('\n').map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    return { commands: commandsOf(lines), ...markOf(mark, page) };
  });
}

/** The commands in the first block of `sh` below a heading of the README that has `word`. @throws PageError */
export async function readmeCommands(heading: string, word: string): Promise<readonly DocumentedCommand[]> {
  const text = await Bun.file(join(root, 'README.md')).text();
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const found = blocksOf(section, 'README.md').find(({ commands }) => commands.some((one) => one.text.includes(word)));
  if (found === undefined) throw new PageError(`README.md shows no ${word} under "${heading}"`);
  return found.commands;
}

/** The pages of docs/, by their names. */
export async function documentedPages(): Promise<readonly string[]> {
  return (await Array.fromAsync(new Bun.Glob('*.md').scan({ cwd: folder }))).toSorted();
}

/** A comment that is no mark is somebody's own. @throws PageError */
function markOf(mark: string | undefined, page: string): Omit<CommandBlock, 'commands'> {
  if (mark === undefined) return {};
  const [, name = '', value = ''] = /^(not run|run apart|fails): (.+)$/.exec(mark) ?? [];
  switch (name) {
    case 'not run':
      return { notRun: value };
    case 'run apart':
      return { runApart: value };
    case 'fails':
      return { fails: value };
  }
  if (mark === 'OpenBao only') return { only: 'OpenBao' };
  if (mark === 'Vault only') return { only: 'Vault' };
  if (/run|fail|only/i.test(mark)) throw new PageError(`${page} says of commands what nobody understands: ${mark}`);
  return {};
}

function commandsOf(lines: readonly string[]): readonly DocumentedCommand[] {
  const commands: { text: string; output: string[] }[] = [];
  let open = false;
  let end: string | undefined;
  // Comments right below a command are what it prints; after an empty line they are comments.
  let below = false;
  for (const line of lines) {
    const last = commands.at(-1);
    if (open && last !== undefined) {
      last.text += `\n${line}`;
    } else if (line.startsWith('#')) {
      if (below) last?.output.push(line.replace(/^# ?/, ''));
      continue;
    } else if (line.trim() === '') {
      below = false;
      continue;
    } else {
      commands.push({ text: line, output: [] });
    }
    below = true;
    if (end === undefined) [, end] = /<<'?(\w+)'?/.exec(line) ?? [];
    else if (line === end) end = undefined;
    open = end !== undefined || line.endsWith('\\');
  }
  return commands;
}
