import { createFactory } from './engine/backend.ts';
import { createLogger, isStartedByHost, serveMultiplex, systemProcess } from './sdk/plugin/serve.ts';
import { version } from './version.ts';

const name = 'vault-plugin-secrets-litellm';

const byHand = `${name} ${version}

This is a plugin for OpenBao and HashiCorp Vault: the engine starts it, it does nothing by itself.
Put this file into the engine's plugin directory and register it there:

  bao plugin register -sha256=$(sha256sum ${name} | cut -d' ' -f1) -version=${version} secret ${name}
  bao secrets enable -path=litellm ${name}

With Vault the commands are the same: write vault for bao.

  --version  print the version
  --help     print this text
`;

/** What the arguments alone ask for: text, and where it goes. Engines give none that is answered here. */
function answerByHand(args: readonly string[]): { readonly text: string; readonly code: number } | undefined {
  if (args.includes('--version') || args.includes('-version')) return { text: `${name} ${version}\n`, code: 0 };
  if (args.includes('--help') || args.includes('-help') || args.includes('-h')) return { text: byHand, code: 0 };
  return isStartedByHost(process.env) ? undefined : { text: byHand, code: 1 };
}

async function serve(): Promise<number> {
  // The engine stops its plugins itself; Ctrl-C in its terminal reaches them too and must not be quicker.
  process.on('SIGINT', () => undefined);
  const logger = createLogger({ name, ...systemProcess });
  try {
    const serving = serveMultiplex({ version, factory: createFactory({ version }), logger, ...systemProcess });
    // Before the engine can know of us, so that no signal finds the socket without its remover.
    process.on('SIGTERM', () => void serving.then((plugin) => plugin.stop()).finally(() => process.exit(0)));
    const plugin = await serving;
    process.on('unhandledRejection', (reason) =>
      logger.log('error', 'unhandled rejection', { error: describe(reason) }),
    );
    process.on('uncaughtException', (error) => {
      logger.log('error', 'uncaught exception, stopping', { error: describe(error) });
      void plugin.stop().then(() => process.exit(1));
    });
    await plugin.done;
    return 0;
  } catch (error) {
    logger.log('error', describe(error));
    // An engine quotes what stands where it awaits the handshake, whose parts are divided by bars, in its answer to whoever mounts us.
    process.stdout.write(`${describe(error).replaceAll('|', '/')}\n`);
    return 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const answer = answerByHand(process.argv.slice(2));
if (answer) {
  (answer.code === 0 ? process.stdout : process.stderr).write(answer.text);
  process.exit(answer.code);
}
process.exit(await serve());
