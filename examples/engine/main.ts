import { runPlugin } from '../../src/sdk/plugin/run-plugin.ts';
import { createFactory } from './backend.ts';

/** The build puts the version in here. */
declare const PLUGIN_VERSION: string;

await runPlugin({
  name: 'vault-plugin-secrets-passwords',
  version: PLUGIN_VERSION,
  mountPath: 'passwords',
  factory: createFactory(PLUGIN_VERSION),
  exit: (code) => process.exit(code),
});
