import { startLiteLLMServer } from '../tests/harness/litellm-server.ts';

// The stand-in for LiteLLM in a process of its own, so that it shares no event loop with what asks it. It prints where
// it is, takes as many milliseconds for a key as its argument says (Infinity: for ever), and ends when its standard input
// does.

const server = await startLiteLLMServer();
const milliseconds = Number(process.argv[2] ?? 0);
if (milliseconds === Number.POSITIVE_INFINITY) {
  server.faults.next({ kind: 'hang', path: '/key/generate', times: Number.POSITIVE_INFINITY });
} else if (milliseconds > 0) {
  server.faults.next({ kind: 'delay', path: '/key/generate', milliseconds, times: Number.POSITIVE_INFINITY });
}
process.on('SIGINT', () => undefined);
console.log(JSON.stringify({ url: server.url, masterKey: server.masterKey }));
await Bun.stdin.text();
await server.stop();
process.exit(0);
