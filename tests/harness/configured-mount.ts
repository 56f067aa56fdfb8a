import type { pb } from '../../src/sdk/pb/pb.js';
import { type LiteLLMServer, type LiteLLMServerOptions, startLiteLLMServer } from './litellm-server.ts';
import type { Answer } from './plugin-host/answer.ts';
import type { PluginMount, PluginMountOptions } from './plugin-host/plugin-mount.ts';
import { PluginHost, type PluginHostOptions } from './plugin-host.ts';

/** What a configured mount is made of; everything has a default. */
export interface ConfiguredMountOptions {
  readonly host?: PluginHostOptions;
  readonly mount?: PluginMountOptions;
  readonly litellm?: LiteLLMServerOptions;
  /** The fields of the role {@link roleName}. */
  readonly role?: Readonly<Record<string, unknown>>;
}

/** The one role of a configured mount. */
export const roleName = 'my-role';
/** Where its keys are read. */
export const credsPath = `creds/${roleName}`;

/** A plugin with one mount that has a configuration and a role. */
export interface ConfiguredMount extends AsyncDisposable {
  readonly host: PluginHost;
  readonly mount: PluginMount;
  readonly litellm: LiteLLMServer;
}

/** Starts a plugin and a LiteLLM, and writes a configuration and a role. Use it with `await using`. */
export async function startConfiguredMount(options: ConfiguredMountOptions = {}): Promise<ConfiguredMount> {
  const litellm = await startLiteLLMServer(options.litellm);
  const host = await PluginHost.start(options.host).catch(async (error: unknown) => {
    await litellm.stop();
    throw error;
  });
  const end = async (): Promise<void> => {
    try {
      await host[Symbol.asyncDispose]();
    } finally {
      await litellm.stop();
    }
  };
  try {
    const mount = await host.mounted(options.mount);
    await configure(mount, litellm);
    expectSuccess(await mount.write(`roles/${roleName}`, options.role ?? {}));
    return { host, mount, litellm, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Writes the configuration that leads to a LiteLLM. */
export async function configure(
  mount: PluginMount,
  { url, masterKey }: Pick<LiteLLMServer, 'url' | 'masterKey'>,
): Promise<void> {
  expectSuccess(await mount.write('config', { base_url: url, master_key: masterKey }));
}

/** The same answer; throws when it is none that a client would take for success. */
export function expectSuccess(answer: Answer): Answer {
  const failure = answer.fault?.message ?? answer.mistake;
  if (failure !== undefined) throw new Error(`the plugin answered with a failure: ${failure}`);
  return answer;
}

/** A leased key as its client and its host know it. */
export interface Lease {
  readonly key: string;
  readonly tokenId: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly secret: pb.Secret.$Shape;
}

/** Reads a key. */
export async function readLease(mount: PluginMount, path = credsPath): Promise<Lease> {
  const { data, secret } = expectSuccess(await mount.read(path));
  if (!data || !secret) throw new Error('the plugin answered without a secret');
  return { key: String(data['key']), tokenId: String(data['token_id']), data, secret };
}
