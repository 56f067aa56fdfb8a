import { beforeAll, expect, test } from 'bun:test';
import { chmod, copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandBlock, commandBlocks, documentedPages } from './harness/documented-commands.ts';
import { issueKey, writeRole } from './harness/issue-key.ts';
import { startStandIn } from './harness/litellm.ts';
import { builtVersion, mountPlugin, placePlugin, pluginBinary, pluginName } from './harness/plugin.ts';
import { shownPattern } from './harness/shown-output.ts';
import { configure, describeEngines, useSuite, type Suite } from './harness/suite.ts';
import { TerminalSession } from './harness/terminal-session.ts';

// The commands of docs/, typed as they stand there, but for the names of things that are others here. What a page shows of an answer is
// compared. A block that cannot be run here is named.

interface DocumentedPage {
  readonly name: string;
  readonly blocks: readonly CommandBlock[];
}

const pages: readonly DocumentedPage[] = await Promise.all(
  (await documentedPages()).map(async (name) => ({ name, blocks: await commandBlocks(name) })),
);
/** What the pages say of the blocks that are not typed one after the other. */
const told = (tell: (block: CommandBlock) => string | undefined): readonly string[] =>
  pages.flatMap(({ name, blocks }) =>
    blocks.flatMap((block) => {
      const reason = tell(block);
      return reason === undefined ? [] : [`docs/${name}, \`${block.commands[0]?.text ?? ''}\`: ${reason}`];
    }),
  );

// Repeated by whoever sums up a longer run.
for (const line of told(({ notRun }) => notRun)) console.log(`NOT RUN ${line}`);

test('the commands that nobody runs here are these', () => {
  expect(pages.flatMap(({ blocks }) => blocks).length).toBeGreaterThan(30);
  expect(told(({ notRun }) => notRun)).toEqual([
    'docs/install.md, `npm run build          # dist/vault-plugin-secrets-litellm`: the file under test is built by this command',
    'docs/install.md, `docker pull registry.example.com/vault-plugin-secrets-litellm:<version>`: needs a Docker, and is tested with one in containers',
    'docs/install.md, `codesign --force --sign - vault-plugin-secrets-litellm`: needs a Mac',
    'docs/performance.md, `npm run build`: it takes forty minutes; its short form is run with every change',
  ]);
});

test('the commands that another test runs are these', async () => {
  const files = pages.flatMap(({ blocks }) => blocks.flatMap(({ runApart }) => runApart ?? []));
  expect([...new Set(files)].toSorted()).toEqual([
    'e2e/declarative-plugin.test.ts',
    'e2e/examples/engine.test.ts',
    'e2e/signed-release.test.ts',
    'e2e/trial-server.test.ts',
  ]);
  for (const file of files) expect(await Bun.file(join(import.meta.dir, '..', file)).exists()).toBe(true);
});

describeEngines((engine) => {
  const suite = useSuite(engine, { bare: true, litellm: startStandIn });
  let version = '';
  let sha256 = '';

  beforeAll(async () => {
    const { server } = suite();
    version = await builtVersion();
    sha256 = await placePlugin(server);
    // Beside the old file, as docs/upgrade.md has it, and as it is downloaded, as docs/install.md has it.
    await placePlugin(server, pluginBinary, `${pluginName}-${version}`);
    const downloaded = join(server.folder, `${pluginName}-linux-x64`);
    await copyFile(pluginBinary, downloaded);
    await chmod(downloaded, 0o644);
    await Bun.write(join(server.folder, 'SHA256SUMS'), `${sha256}  ${pluginName}-linux-x64\n`);
  });

  /** A page's own place: the mount that docs/index.md speaks of, or, where the page makes that itself, nothing. */
  async function prepare(page: string): Promise<void> {
    const { server, litellm } = suite();
    await server.api('DELETE', 'sys/mounts/litellm');
    await server.api('DELETE', `sys/plugins/catalog/secret/${pluginName}`);
    await server.api('DELETE', `sys/plugins/catalog/secret/${pluginName}?version=${version}`);
    if (page === 'install.md') {
      await rm(join(server.pluginFolder, pluginName));
      return;
    }
    await server.api('PUT', `sys/plugins/catalog/secret/${pluginName}`, { sha256, command: pluginName });
    await mountPlugin(server, 'litellm');
    await configure(server, 'litellm', litellm);
    await writeRole(server, 'litellm/roles/team-a', {
      models: 'gpt-4o,gpt-4o-mini',
      max_budget: 50,
      ttl: '1h',
      max_ttl: '24h',
    });
  }

  for (const { name, blocks } of pages) {
    const run = blocks.filter(
      ({ notRun, runApart, only }) =>
        notRun === undefined && runApart === undefined && (only === undefined || only === engine.title),
    );
    if (run.length === 0) continue;
    // The released file is for Linux.
    test.skipIf(name === 'install.md' && process.platform !== 'linux')(`the commands of docs/${name}`, async () => {
      await prepare(name);
      await using reader = await Reader.open(suite(), { sha256, version });
      for (const block of run) await reader.follow(block);
    });
  }
});

/** What stands for a key, on the pages and here. */
const maskedKey = 'sk-...';

/** What a page leaves to its reader. */
interface Facts {
  readonly sha256: string;
  readonly version: string;
}

/** Somebody who types what a page says, and puts in their own values. */
class Reader implements AsyncDisposable {
  readonly #suite: Suite;
  readonly #facts: Facts;
  readonly #session: TerminalSession;
  #lease = '';
  #alias = '';

  private constructor(suite: Suite, facts: Facts, session: TerminalSession) {
    this.#suite = suite;
    this.#facts = facts;
    this.#session = session;
  }

  static async open(suite: Suite, facts: Facts): Promise<Reader> {
    return new Reader(suite, facts, await TerminalSession.open(suite.server));
  }

  /** Types the commands of a block that are this engine's, and looks at what they print. */
  async follow({ commands, fails }: CommandBlock): Promise<void> {
    const { command } = this.#suite.server.engine;
    const others = ['bao', 'vault'].filter((name) => name !== command);
    const forBoth = !commands.some(({ text }) => text.startsWith('vault '));
    const own = commands.filter(({ text }) => forBoth || !others.some((name) => text.startsWith(`${name} `)));
    for (const { text, output } of own) {
      if (fails === undefined) await this.#haveLease(text);
      const typed = this.#filledIn(text);
      const answer = await this.#session.type(typed);
      const { code } = answer;
      // A failure of this test shows all of it.
      const printed = answer.text.replaceAll(/\bsk-[-\w]{20,}/g, maskedKey);
      if (fails === undefined) expect({ typed, code, printed }).toEqual({ typed, code: 0, printed });
      else
        expect({ typed, code: code === 0, printed }).toEqual({
          typed,
          code: false,
          printed: expect.stringContaining(fails),
        });
      this.#lease = /^lease_id +(\S+)$/m.exec(printed)?.[1] ?? this.#lease;
      this.#alias = /^key_alias +(vault-team-a-\S+)$/m.exec(printed)?.[1] ?? this.#alias;
      if (output.length > 0) expectShown(printed, output);
    }
  }

  /** A page may speak of a lease that it has ended, or never got, or list leases: its reader has one. */
  async #haveLease(text: string): Promise<void> {
    if (!/AbC\.\.\.|0123456789abcdef|\blist .*(?:litellm\/keys|sys\/leases)/.test(text)) return;
    const { server } = this.#suite;
    if (this.#lease !== '') {
      const { status } = await server.api('PUT', 'sys/leases/lookup', { lease_id: this.#lease });
      if (status === 200) return;
    }
    const issued = await issueKey(server, 'team-a');
    this.#lease = issued.leaseId;
    this.#alias = issued.alias;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  #filledIn(text: string): string {
    const { server, litellm } = this.#suite;
    const { command, prefix } = server.engine;
    const typed = text
      .replaceAll(/\bbao(?= [a-z])/g, command)
      .replaceAll('BAO_', `${prefix}_`)
      .replaceAll('http://litellm:4000', litellm.url)
      .replaceAll('sk-master-...', litellm.masterKey)
      .replaceAll('<plugin_directory>', server.pluginFolder)
      .replaceAll('<SHA-256>', this.#facts.sha256)
      .replaceAll('v<version>', this.#facts.version)
      .replaceAll('litellm/creds/team-a/AbC...', this.#lease)
      .replaceAll('vault-team-a-0123456789abcdef', this.#alias);
    expect(typed).not.toMatch(/\.\.\.|<[a-z]/i);
    return typed;
  }
}

/** Line by line, whatever the width of the columns. */
function expectShown(printed: string, shown: readonly string[]): void {
  const cells = (line: string): readonly string[] => line.trim().split(/\s{2,}/);
  const lines = printed.trim().split('\n').map(cells);
  const wanted = shown.map((line) =>
    cells(line).map((cell): unknown => {
      const pattern = cell === maskedKey ? undefined : shownPattern(cell);
      return pattern === undefined ? cell : expect.stringMatching(pattern);
    }),
  );
  expect<unknown>(lines).toEqual(wanted);
}
