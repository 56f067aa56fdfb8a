import { join } from 'node:path';
import { dist, root } from './dist.ts';
import { runCommand } from './command.ts';
import { signFile, SigningError } from './minisign.ts';
import { releaseTag } from './release-tag.ts';

// sign-release.ts: signs dist/release/SHA256SUMS with the secret key in MINISIGN_KEY, whose public key is minisign.pub.

await runCommand(async () => {
  const secretKey = process.env['MINISIGN_KEY'] ?? '';
  if (secretKey === '') {
    throw new SigningError(
      'MINISIGN_KEY is not set: give it the text of the secret key whose public key is minisign.pub.',
    );
  }
  const sums = join(dist, 'release/SHA256SUMS');
  if (!(await Bun.file(sums).exists()))
    throw new SigningError('dist/release/SHA256SUMS is not there: npm run release-files');
  const comment = `vault-plugin-secrets-litellm ${await releaseTag(root)}`;
  await signFile(sums, { secretKey, publicKey: join(root, 'minisign.pub'), comment });
  console.log(`dist/release/SHA256SUMS.minisig: ${comment}`);
});
