import { backendType, type Factory } from '../../../src/sdk/logical/backend.ts';
import { createLogger, serveMultiplex, systemProcess } from '../../../src/sdk/plugin/serve.ts';

// A plugin whose backend prints to standard output in every way that a library might.

const factory: Factory = async ({ logger }) => {
  console.log('from console.log');
  process.stdout.write('from process.stdout\n');
  console.info({ from: 'console.info' });
  logger.log('info', 'from the logger');
  return {
    type: backendType.logical,
    pluginVersion: 'v0.0.0-test',
    initialize: async () => console.debug('from console.debug'),
    handleRequest: async () => undefined,
    handleExistenceCheck: async () => ({ checkFound: false, exists: false }),
    specialPaths: () => ({}),
    invalidateKey: () => undefined,
    cleanup: async () => undefined,
  };
};

const ownLogger = createLogger({ name: 'chatty', ...systemProcess });
const plugin = await serveMultiplex({ version: 'v0.0.0-test', factory, logger: ownLogger, ...systemProcess });
await plugin.done;
process.exit(0);
