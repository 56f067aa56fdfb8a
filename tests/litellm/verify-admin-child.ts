/** Run by a test as a process of its own, with an environment that switches verification off. */
import { createClient } from '../../src/litellm/client.ts';

const [mode = '', baseURL = '', caFile = ''] = process.argv.slice(2);
const caCert = caFile === '' ? {} : { caCert: await Bun.file(caFile).text() };

async function run(): Promise<void> {
  if (mode.startsWith('fetch')) await (await fetch(baseURL)).text();
  if (!mode.endsWith('client')) return;
  const masterKey = process.env['TEST_MASTER_KEY'] ?? '';
  await createClient({ baseURL, masterKey, requestTimeout: 10, ...caCert }).verifyAdmin();
}

try {
  await run();
  console.log('accepted');
} catch (error) {
  console.log(error instanceof Error ? error.name : 'no error');
}
