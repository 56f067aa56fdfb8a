import { expect, test } from 'bun:test';
import { join } from 'node:path';

// docs/troubleshooting.md finds a cause by the text of the error: the texts are those of the code.

const root = join(import.meta.dir, '../..');

/** What the engines say, and not the plugin. */
const ofEngines: readonly string[] = [
  'TTL of "768h" exceeded the effective max_ttl of "1m"',
  'Vault is sealed',
  'permission denied',
  'route entry is tainted',
  'error while dialing: dial unix …/plugin…: connect: connection refused',
  'fork/exec …: no such file or directory',
];

async function messagesOfPage(): Promise<readonly string[]> {
  const text = await Bun.file(join(root, 'docs/troubleshooting.md')).text();
  const [, section = ''] = text.split('## Errors by their text');
  const [table = ''] = section.split('\n## ');
  const cells = [...table.matchAll(/^\| (`.*?) +\|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));
}

/** The sources as a message reads in them: on one line, with its values left out. */
async function sourceText(): Promise<string> {
  const paths = await Array.fromAsync(new Bun.Glob('src/**/*.ts').scan({ cwd: root }));
  const texts = await Promise.all(paths.map(async (path) => await Bun.file(join(root, path)).text()));
  return texts
    .join('\n')
    .replaceAll(/['"`] \+\s+['"`]/g, '')
    .replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '…');
}

test('each message of the page is one of the code or of the engines', async () => {
  const source = await sourceText();
  const messages = await messagesOfPage();
  expect(messages.length).toBeGreaterThan(25);
  const unknown = messages.filter((message) => {
    if (ofEngines.includes(message)) return false;
    // Where a value stands there is the page's own example of it.
    const parts = message.split(/[(]?…[)]?|"x"|\broles\/x\b|\b\d+(?= s\b)/).map((part) => part.trim());
    return !parts.every((part) => part.length < 3 || source.includes(part));
  });
  expect(unknown).toEqual([]);
});
