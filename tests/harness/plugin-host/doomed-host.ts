import { credsPath, expectSuccess, roleName } from '../configured-mount.ts';
import { PluginHost } from '../plugin-host.ts';

// A host for a test to kill, with one mount that asks the LiteLLM of the two arguments (address, master key) for a key.
// Before it asks it prints the plugin's process id and socket and its own folder, as one line of JSON.

const [url = '', masterKey = ''] = process.argv.slice(2);
const host = await PluginHost.start();
const mount = await host.mounted();
// Not verified: LiteLLM may have been told what to do with the first call that asks for a key.
expectSuccess(await mount.write('config', { base_url: url, master_key: masterKey, verify_connection: false }));
expectSuccess(await mount.write(`roles/${roleName}`, {}));
console.log(JSON.stringify({ pluginPid: host.process.pid, socket: host.handshake.address, folder: host.folder }));
await mount.read(credsPath);
await host.process.ended;
