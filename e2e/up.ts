import { whyNoCompose } from './containers/compose.ts';
import { environmentProxy } from './harness/proxy.ts';
import { runScript } from './harness/script.ts';
import { orAborted } from './harness/until.ts';
import { downInContainers, upInContainers } from './up/in-containers.ts';
import { upNatively } from './up/natively.ts';
import { describeEngine, UpError } from './up/running-engine.ts';

// up.ts up|down: both engines with the plugin mounted and configured, in containers or, without a Docker, natively, and a LiteLLM:
// that of compose.yaml, natively a stand-in, or the one that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name. Containers run on
// until `down`; natively all ends with this.

async function up(signal: AbortSignal): Promise<void> {
  const proxy = environmentProxy();
  const why = await whyNoCompose();
  if (why === undefined) {
    for (const engine of await upInContainers(proxy, signal)) console.log(describeEngine(engine));
    console.log('\n`just down` ends it all.');
    return;
  }
  console.log(`No containers: ${why} Starting natively${proxy === undefined ? ', with a stand-in for LiteLLM' : ''}.`);
  await using started = new AsyncDisposableStack();
  const servers = await upNatively(proxy, started, signal);
  for (const { engine, binary: program, address, rootToken: token } of servers)
    console.log(describeEngine({ ...engine, program, address, token }));
  console.log('\nCtrl-C ends it all.');
  await orAborted(Promise.race(servers.map((server) => server.untilEnded())), signal);
}

async function down(): Promise<void> {
  const why = await whyNoCompose();
  if (why === undefined) return await downInContainers();
  if (Bun.which('docker') !== null) throw new UpError(`In containers nothing was stopped: ${why}`);
  console.log('Nothing runs in containers here, and what runs natively ends with Ctrl-C.');
}

await runScript(async (signal) => {
  await (process.argv[2] === 'down' ? down() : up(signal));
  return 0;
});
