import type { Factory } from '../logical/backend.ts';
import { createLogger, isStartedByHost, serveMultiplex, systemProcess } from './serve.ts';

/** What the program of a plugin needs. */
export interface PluginProgram {
  /** The name of the file and of the plugin. */
  readonly name: string;
  /** Semantic, with a leading `v`; must be the version that the plugin is registered under. */
  readonly version: string;
  /** The mount's path in the help for a person. */
  readonly mountPath: string;
  readonly factory: Factory;
  /** Ends the process at once; Node's, which only a plugin's main file has. */
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

/** The answer to the arguments alone: text, and the exit code. Engines pass none that is answered here. */
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
 * Runs a plugin in this process until its host no longer needs it, and ends the process. Answers `--version`, `--help`
 * and a person who starts it without a host. Nothing of a caller runs after it. Go: what an author's `main` does around
 * `plugin.ServeMultiplex`.
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
  // The engine stops its plugins itself. Ctrl-C in its terminal reaches them too, and must not be quicker.
  process.on('SIGINT', () => undefined);
  const logger = createLogger({ name, ...systemProcess });
  try {
    const serving = serveMultiplex({ version, factory, logger, ...systemProcess });
    // Before the engine can know of the plugin, so that a signal never leaves the socket behind.
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
    // An engine that waits for the handshake, whose parts are divided by bars, quotes this line in its answer to
    // whoever mounts the plugin.
    process.stdout.write(`${describe(error).replaceAll('|', '/')}\n`);
    return 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
