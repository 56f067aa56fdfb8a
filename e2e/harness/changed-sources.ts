import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

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

const repository = resolve(import.meta.dir, '../..');

/** Puts the sources of another version, and what builds them, into a folder. @throws SourceChangeError */
export async function writeChangedSources(folder: string, changes: readonly SourceChange[]): Promise<void> {
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
