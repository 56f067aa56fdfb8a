import { clientOf, failureOf, newRequest } from './test-client.ts';

// Asks the LiteLLM at the address that is its argument for a key, and prints how that failed.

const [url = ''] = process.argv.slice(2);
const error = await failureOf(clientOf({ url, masterKey: 'sk-test-not-a-real-master-key' }).generateKey(newRequest()));
console.log(JSON.stringify({ name: error.name, message: error.message, outcomeUnknown: error.outcomeUnknown }));
