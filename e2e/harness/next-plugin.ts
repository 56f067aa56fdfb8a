import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SourceChange, writeChangedSources } from './changed-sources.ts';
import { builtVersion, pluginBinary, PluginError, pluginName } from './plugin.ts';

/** The plugin of the same sources, but for the changes that were asked for, under a higher version. Dispose of it. */
export interface NextPlugin extends AsyncDisposable {
  /** With a leading `v`. */
  readonly version: string;
  readonly binary: string;
}

/** In dist/, since the build moves its file and a move does not cross file systems. The number is that of the process that uses it. */
const folderName = /^\.next-(\d+)$/;

/** Builds it, in a folder of its own. @throws PluginError, and SourceChangeError */
export async function buildNextPlugin(changes: readonly SourceChange[] = []): Promise<NextPlugin> {
  const [major = 0, minor = 0] = (await builtVersion()).slice(1).split('.').map(Number);
  const next = `${major}.${minor + 1}.0`;
  const dist = dirname(pluginBinary);
  await removeStale(dist);
  const folder = join(dist, `.next-${process.pid}`);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder);
    const binary = join(folder, pluginName);
    const sources = join(folder, 'sources');
    await writeChangedSources(sources, changes);
    await build(sources, next, binary);
    return { version: `v${next}`, binary, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function build(sources: string, version: string, binary: string): Promise<void> {
  const child = Bun.spawn([process.execPath, 'run', join(sources, 'build/compile.ts'), `--out=${binary}`], {
    cwd: sources,
    env: { ...process.env, PLUGIN_VERSION: version },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
  if (code !== 0) throw new PluginError(`building version ${version} ended with ${code}: ${said.trim().slice(-500)}`);
}

/** Whoever was killed could not remove its folder. One with our own number is of a process that had it before. */
async function removeStale(dist: string): Promise<void> {
  for (const name of await readdir(dist)) {
    const [, pid] = folderName.exec(name) ?? [];
    if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid))))
      await rm(join(dist, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs for somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
