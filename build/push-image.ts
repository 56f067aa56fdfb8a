import { join } from 'node:path';
import { dist } from './dist.ts';
import { runCommand } from './command.ts';
import { pushImage } from './crane.ts';

// push-image.ts: pushes the image in dist/image/ to IMAGE_REPOSITORY, as REGISTRY_USER with REGISTRY_PASSWORD where they are set.

await runCommand(async (signal) => {
  const { IMAGE_REPOSITORY: repository = '', REGISTRY_USER: user = '', REGISTRY_PASSWORD: password = '' } = process.env;
  if (repository === '') {
    throw new Error(
      'IMAGE_REPOSITORY is not set: where to push to, as registry.example.com/vault-plugin-secrets-litellm',
    );
  }
  const layout = join(dist, 'image');
  if (!(await Bun.file(join(layout, 'index.json')).exists())) throw new Error('dist/image is not there: npm run image');
  const login = user === '' ? undefined : { user, password };
  for (const reference of await pushImage(layout, { repository, login }, signal)) console.log(reference);
});
