import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runProgram } from '../../build/run-program.ts';
import { builtVersion, PluginError, pluginName } from './plugin.ts';

/** What another version says in one place of a source file. */
export interface SourceChange {
  /** From the repository's folder. */
  readonly file: string;
  /** Must stand there once. */
  readonly from: string;
  readonly to: string;
}

/** A source no longer says what a change wants to replace. */
export class SourceChangeError extends Error {
  override readonly name = 'SourceChangeError';

  constructor({ file, from }: SourceChange) {
    super(`${file} does not say just once: ${from}`);
  }
}

/** The plugin of the same sources, but for the changes that were asked for, under a higher version. Dispose of it. */
export interface NextPlugin extends AsyncDisposable {
  /** With a leading `v`. */
  readonly version: string;
  readonly binary: string;
}

/** Builds it, in a folder of its own. @throws PluginError, and SourceChangeError */
export async function buildNextPlugin(changes: readonly SourceChange[] = []): Promise<NextPlugin> {
  const [major = 0, minor = 0] = (await builtVersion()).slice(1).split('.').map(Number);
  const version = `${major}.${minor + 1}.0`;
  await using made = new AsyncDisposableStack();
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'next-'));
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const binary = join(folder, pluginName);
  const sources = join(folder, 'sources');
  await writeChangedSources(sources, changes);
  await build(sources, version, binary);
  const all = made.move();
  return { version: `v${version}`, binary, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function build(sources: string, version: string, binary: string): Promise<void> {
  const { code, stderr } = await runProgram(
    [process.execPath, 'run', join(sources, 'build/compile.ts'), `--out=${binary}`],
    {
      cwd: sources,
      env: { ...process.env, PLUGIN_VERSION: version },
    },
  );
  if (code !== 0) throw new PluginError(`building version ${version} ended with ${code}: ${stderr.trim().slice(-500)}`);
}

const repository = resolve(import.meta.dir, '../..');

/** Puts the sources of another version, and what builds them, into a folder. @throws SourceChangeError */
async function writeChangedSources(folder: string, changes: readonly SourceChange[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ['src', 'build', 'package.json', 'tsconfig.json'])
    await cp(join(repository, name), join(folder, name), { recursive: true });
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  for (const change of changes) {
    const file = join(folder, change.file);
    const parts = (await readFile(file, 'utf8')).split(change.from);
    if (parts.length !== 2) throw new SourceChangeError(change);
    await writeFile(file, parts.join(change.to));
  }
}
