import { expect, test } from 'bun:test';
import { join } from 'node:path';

// The form of examples/terraform. What its providers say of it cannot be asked everywhere.

const program = Bun.which('tofu') ?? Bun.which('terraform');
// Repeated by whoever sums up a longer run.
if (program === null) console.log('NOT RUN examples/terraform: there is no tofu and no terraform on the PATH.');

const folder = join(import.meta.dir, '../../examples/terraform');

if (program !== null) {
  test('Terraform reads its files, and would write them as they are', async () => {
    const child = Bun.spawn([program, 'fmt', '-check', '-diff', '-recursive', folder], {
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [code, stdout] = await Promise.all([child.exited, child.stdout.text()]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });
}

test('each role that a configuration writes has durations in seconds, as they are read back', async () => {
  const text = await Bun.file(join(folder, 'main.tf')).text();
  expect([...text.matchAll(/^\s*(?:max_)?ttl\s+= (.*)$/gm)].map(([, value]) => value)).toEqual(['3600', '86400']);
});
