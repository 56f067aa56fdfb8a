import type { Factory } from '../logical/backend.ts';
import { createLogger, isStartedByHost, serveMultiplex, systemProcess } from './serve.ts';

/** What the program of a plugin is made of. */
export interface PluginProgram {
  /** What the file and the plugin are called. */
  readonly name: string;
  /** Semantic, with a leading `v`; must be the version that the plugin is registered under. */
  readonly version: string;
  /** Where the help for a person mounts it. */
  readonly mountPath: string;
  readonly factory: Factory;
  /** Ends the process at once; what the main file of a plugin has from Node. */
  readonly exit: (code: number) => void;
}

/** The text for a person who starts the file by hand. */
const byHand = ({ name, version, mountPath }: PluginProgram): string => `${name} ${version}

This is a plugin for OpenBao and HashiCorp Vault: the engine starts it, it does nothing by itself.
Put this file into the engine's plugin directory and register it there:

  bao plugin register -sha256=$(sha256sum ${name} | cut -d' ' -f1) -version=${version} secret ${name}
  bao secrets enable -path=${mountPath} ${name}

With Vault the commands are the same: write vault for bao.

  --version  print the version
  --help     print this text
`;

/** What the arguments alone ask for: text, and where it goes. Engines give none that is answered here. */
function answerByHand(
  program: PluginProgram,
  args: readonly string[],
): { readonly text: string; readonly code: number } | undefined {
  if (args.includes('--version') || args.includes('-version')) {
    return { text: `${program.name} ${program.version}\n`, code: 0 };
  }
  const help = byHand(program);
  if (args.includes('--help') || args.includes('-help') || args.includes('-h')) return { text: help, code: 0 };
  return isStartedByHost(systemProcess.environment) ? undefined : { text: help, code: 1 };
}

/**
 * Runs a plugin in this process until its host needs it no more, and ends the process. `--version` and `--help` are
 * answered, and so is a person who starts it without a host. Nothing of a caller runs after it.
 * Go: what an author's `main` does around `plugin.ServeMultiplex`.
 */
export async function runPlugin(program: PluginProgram): Promise<void> {
  const answer = answerByHand(program, process.argv.slice(2));
  if (answer === undefined) {
    program.exit(await serve(program));
    return;
  }
  (answer.code === 0 ? process.stdout : process.stderr).write(answer.text);
  program.exit(answer.code);
}

async function serve({ name, version, factory, exit }: PluginProgram): Promise<number> {
  // The engine stops its plugins itself; Ctrl-C in its terminal reaches them too and must not be quicker.
  process.on('SIGINT', () => undefined);
  const logger = createLogger({ name, ...systemProcess });
  try {
    const serving = serveMultiplex({ version, factory, logger, ...systemProcess });
    // Before the engine can know of us, so that no signal finds the socket without its remover.
    process.on('SIGTERM', () => void serving.then((plugin) => plugin.stop()).finally(() => exit(0)));
    const plugin = await serving;
    process.on('unhandledRejection', (reason) =>
      logger.log('error', 'unhandled rejection', { error: describe(reason) }),
    );
    process.on('uncaughtException', (error) => {
      logger.log('error', 'uncaught exception, stopping', { error: describe(error) });
      void plugin.stop().then(() => exit(1));
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
