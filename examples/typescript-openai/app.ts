import OpenAI from 'openai';
import { LeasedKey } from './leased-key.ts';

// Asks a model again and again, with a key that changes under it: app.ts MODEL [SECONDS BETWEEN CALLS] [KEYS TO SEE]

const [model = '', pause = '1', wanted = '0'] = process.argv.slice(2);
const key = await LeasedKey.of(process.env['LITELLM_CREDS'] ?? 'litellm/creds/app');
const client = new OpenAI({
  baseURL: process.env['OPENAI_BASE_URL'],
  // Called for each request.
  apiKey: async () => key.current,
  // No repeated calls, so that a refused key would be seen. Leave this out in your own program.
  maxRetries: 0,
});

let answered = 0;
let failed = 0;
const seen = new Set<string>();
while (Number(wanted) === 0 || seen.size < Number(wanted)) {
  try {
    await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] });
    answered += 1;
  } catch (error) {
    failed += 1;
    console.log(`failed: ${String(error)}`);
  }
  if (!seen.has(key.current)) {
    seen.add(key.current);
    console.log(`key ${seen.size}`);
  }
  await new Promise((done) => setTimeout(done, Number(pause) * 1000));
}
key.stop();
console.log(`${answered} answered, ${failed} failed, ${seen.size} keys`);
