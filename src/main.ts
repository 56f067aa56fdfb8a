import { createFactory } from './engine/backend.ts';
import { runPlugin } from './sdk/plugin/run-plugin.ts';
import { version } from './version.ts';

await runPlugin({
  name: 'vault-plugin-secrets-litellm',
  version,
  mountPath: 'litellm',
  factory: createFactory({ version }),
  exit: (code) => process.exit(code),
});
