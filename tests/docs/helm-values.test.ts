import { expect, test } from 'bun:test';
import { join } from 'node:path';

// docs/install.md shows the values of examples/helm/, which a test starts the engines with.

const root = join(import.meta.dir, '../..');
const textOf = (path: string): Promise<string> => Bun.file(join(root, path)).text();

test('the values on the page are those of the files', async () => {
  const [, section = ''] = (await textOf('docs/install.md')).split('\n## On Kubernetes\n');
  const shown = [...section.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => block);
  expect(shown).toEqual([await textOf('examples/helm/openbao.yaml'), await textOf('examples/helm/vault.yaml')]);
});
