import { whyNoCompose } from './containers/compose.ts';
import { environmentProxy } from './harness/proxy.ts';
import { reportErrors, runScript } from './harness/script.ts';
import { downInContainers, upInContainers } from './up/in-containers.ts';
import { keptEngines, upNatively } from './up/natively.ts';
import { describeEngine, UpError } from './up/running-engine.ts';

// up.ts up|down: both engines with the plugin mounted and configured, in containers or, without a Docker, natively, and a LiteLLM:
// that of compose.yaml, natively a stand-in, or the one that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name.

async function up(signal: AbortSignal): Promise<void> {
  const proxy = environmentProxy();
  const why = await whyNoCompose();
  if (why === undefined) {
    const engines = await upInContainers(proxy, signal);
    for (const engine of engines) console.log(describeEngine(engine));
    console.log('\n`just down` ends it all.');
    // Of an earlier time, without a Docker.
    await keptEngines.stop();
    return;
  }
  const standIn = proxy === undefined ? ', with a stand-in for LiteLLM' : '';
  console.log(`No containers: ${why} Starting natively${standIn}.`);
  for (const engine of await upNatively(proxy, signal)) console.log(describeEngine(engine));
  console.log('\n`just down` ends it all, and so do eight hours.');
}

async function down(): Promise<void> {
  const stopped = await keptEngines.stop();
  const why = await whyNoCompose();
  if (why === undefined) return await downInContainers();
  if (!stopped && Bun.which('docker') !== null)
    throw new UpError(`Nothing runs natively, and in containers nothing was stopped: ${why}`);
}

if (process.argv[2] === 'down') await reportErrors(down);
else
  await runScript(async (signal) => {
    await up(signal);
    return 0;
  });
