import { chmod, mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runProgram } from './run-program.ts';

/** A file could not be signed, or its signature is not that of the published key; the message says what to do. */
export class SigningError extends Error {
  override readonly name = 'SigningError';
}

/** With what a file is signed. */
export interface Signing {
  /** The text of a secret key's file, as `minisign -G -W` writes it: without a password. */
  readonly secretKey: string;
  /** The file of the public key that users have. */
  readonly publicKey: string;
  /** What the signature vouches for beside the file. */
  readonly comment: string;
}

/**
 * Signs a file with the program minisign into `<file>.minisig`, and makes sure that users can verify it: otherwise there is none.
 * @throws SigningError
 */
export async function signFile(file: string, { secretKey, publicKey, comment }: Signing): Promise<void> {
  if (Bun.which('minisign') === null) {
    throw new SigningError('There is no minisign on the PATH. On Debian, as root: npm run prepare-debian minisign');
  }
  if (!(await Bun.file(publicKey).exists())) {
    throw new SigningError(
      `${publicKey} is not there: make a pair of keys (minisign -G -W) and commit the public one.`,
    );
  }
  await using folder = await mkdtempDisposable(join(tmpdir(), 'minisign-'));
  const signature = `${file}.minisig`;
  try {
    const key = join(folder.path, 'key');
    await writeFile(key, `${secretKey.trim()}\n`, { mode: 0o600 });
    await minisign(['-S', '-s', key, '-x', signature, '-m', file, '-t', comment], 'The secret key does not sign');
    const problem = `${publicKey} does not verify what signs ${basename(file)}`;
    await minisign(['-V', '-q', '-p', publicKey, '-x', signature, '-m', file], problem);
    await chmod(signature, 0o644);
  } catch (error) {
    await rm(signature, { force: true });
    throw error;
  }
}

async function minisign(words: readonly string[], problem: string): Promise<void> {
  // Asked for a password, it gets none: what it says of that is not shown, since it may show what it was given.
  const { code } = await runProgram(['minisign', ...words]);
  if (code !== 0) throw new SigningError(`${problem} (minisign ended with ${code}).`);
}
