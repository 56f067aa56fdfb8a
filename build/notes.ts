import { join } from 'node:path';
import { lt } from 'semver';
import { root } from './dist.ts';
import { versionTags } from './git.ts';
import { runProgram } from './run-program.ts';

/** git-cliff did not make notes; the message has what it said. */
export class NotesError extends Error {
  override readonly name = 'NotesError';
}

/**
 * What has changed between the version before `tag` and HEAD, for people who use the plugin, in Markdown; without a title. git-cliff, in
 * the version that package.json names, makes it as cliff.toml says.
 * @throws NotesError, GitError
 */
export async function releaseNotes(folder: string, tag: string): Promise<string> {
  // The commit itself may have a higher one too.
  const before = (await versionTags(folder)).find((name) => lt(name, tag));
  const { config } = (await Bun.file(join(root, 'package.json')).json()) as {
    readonly config: { 'git-cliff': string };
  };
  const words = ['--offline', `--config=${join(import.meta.dir, 'cliff.toml')}`, `--tag=${tag}`];
  const { code, stdout, stderr } = await runProgram(
    [
      ...['npx', '--yes', '--prefer-offline', `git-cliff@${config['git-cliff']}`, ...words],
      ...(before === undefined ? [] : [`${before}..HEAD`]),
    ],
    { cwd: folder, env: { ...process.env, SINCE: before ?? '' } },
  );
  if (code !== 0) throw new NotesError(`git-cliff ended with ${code}: ${stderr.trim().replaceAll(/\s*\n\s*/g, '; ')}`);
  // Of no commits it tells nothing.
  return `${stdout.trimEnd() || `Since ${before}:`}\n`;
}
