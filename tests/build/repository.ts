import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Repositories of a test's own, that nothing in this machine's configuration of git, nobody's hook and no pipeline's tag has a say in.

/** How a command ended and what it printed. */
export interface Outcome {
  readonly code: number;
  readonly text: string;
}

const environment: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:GIT|CI)_/.test(name))),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

/** Runs a command in a folder, to its end. */
export async function runIn(
  folder: string,
  command: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: { ...environment, ...more },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, text: stdout + stderr };
}

/** Commits what is staged, or nothing. */
export const commitIn = (folder: string, message: string): Promise<Outcome> =>
  runIn(folder, ['git', 'commit', '--quiet', '--allow-empty', `--message=${message}`]);

/** The folder of a new repository without a commit, on main. The caller removes it. */
export async function makeRepository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'repository-'));
  await runIn(folder, ['git', 'init', '--quiet', '--initial-branch=main']);
  return folder;
}
