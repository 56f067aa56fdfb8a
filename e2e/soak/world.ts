import { join } from 'node:path';
import { openBao } from '../engines/openbao.ts';
import { vault } from '../engines/vault.ts';
import type { Engine, EngineName } from '../engines/engine.ts';
import { ask } from '../harness/engine-api.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import { LiteLLM, startStandIn } from '../harness/litellm.ts';
import { mountPlugin } from '../harness/plugin.ts';
import type { Proxy } from '../harness/proxy.ts';
import { RaftCluster } from '../harness/raft-cluster.ts';
import { listOf, rawPathOf } from '../harness/raw-storage.ts';
import { ReportedError } from '../harness/script.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { keyDatabase, type KeyDatabase } from './key-database.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What a role is for; its name is part of the alias of each of its keys. */
export const roles = {
  /** Leases that outlast the run unless somebody ends them. */
  long: { ttl: '1h', max_ttl: '2h' },
  /** Leases that end by themselves if nobody renews them. */
  short: { ttl: '20s', max_ttl: '10m' },
  /** For reads that are given up before they are answered. */
  gone: { ttl: '1h', max_ttl: '2h' },
} as const;
/** One of {@link roles}. */
export type RoleName = keyof typeof roles;

/** Something that has to go well for a soak to begin, or to be judged, did not. */
export class SoakError extends ReportedError {
  override readonly name = 'SoakError';
}

/** An engine with the plugin, and a LiteLLM behind a proxy that can fail. Dispose of it. */
export interface World extends AsyncDisposable {
  readonly cluster: RaftCluster;
  /** The one that was active when somebody looked last. */
  readonly server: EngineServer;
  /** Looks for the active server. @throws DeadlineError */
  follow(): Promise<void>;
  /** Past the proxy. */
  readonly litellm: LiteLLM;
  readonly model: string;
  readonly proxy: FaultyProxy;
  readonly database: KeyDatabase;
  readonly auditFile: string;
  /** The write-ahead entries of the mount. */
  writeAheadEntries(): Promise<number>;
}

/** How a world is made. */
export interface WorldOptions {
  readonly engine: EngineName;
  /** How many servers share the storage. */
  readonly nodes: number;
  readonly proxy: Proxy | undefined;
  readonly writeAhead: boolean;
  readonly random: SeededRandom;
  /** Leave the failing proxy out of the way, for speed. */
  readonly direct: boolean;
  readonly signal: AbortSignal;
}

/** Seconds. No call of a soak waits longer for LiteLLM. */
const requestTimeout = 4;

/** Starts all of it. @throws RefusedError, EngineEndedError, PluginError */
export async function startWorld({
  engine,
  nodes,
  proxy,
  writeAhead,
  random,
  direct,
  signal,
}: WorldOptions): Promise<World> {
  await using started = new AsyncDisposableStack();
  const litellm = proxy === undefined ? await startStandIn() : new LiteLLM(proxy.url, proxy.masterKey);
  started.defer(() => litellm.stop());
  const faulty = started.use(await FaultyProxy.start(litellm.url, random));
  const cluster = await RaftCluster.start({ engine: soakEngine(engine), signal }, nodes);
  started.defer(() => cluster.stop());
  let server = await cluster.active();
  const auditFile = join(server.folder, 'audit.log');
  const options = { file_path: auditFile, log_raw: 'false' };
  await ask(server, 'PUT', 'sys/audit/file', { type: 'file', options });
  await cluster.registerPlugin();
  await mountPlugin(server, 'litellm');
  const prefix = `soak-${crypto.randomUUID().slice(0, 8)}`;
  await ask(server, 'PUT', 'litellm/config', {
    base_url: direct ? litellm.url : faulty.url,
    master_key: litellm.masterKey,
    request_timeout: requestTimeout,
    write_ahead: writeAhead,
  });
  const [model] = await litellm.twoModels();
  for (const [name, fields] of Object.entries(roles)) {
    const role = { ...fields, models: [model], key_alias_prefix: prefix };
    await ask(server, 'PUT', `litellm/roles/${name}`, role);
  }
  const stored = await rawPathOf(server, 'litellm');
  const all = started.move();
  return {
    cluster,
    get server() {
      return server;
    },
    follow: async () => {
      server = await cluster.active();
    },
    litellm,
    model,
    proxy: faulty,
    database: keyDatabase(litellm, `${prefix}-`),
    auditFile,
    writeAheadEntries: async () => (await listOf(server, `${stored}/wal`)).length,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** The engine, with the right to be told over its API where to audit. */
function soakEngine(name: EngineName): Engine {
  if (name === 'vault') return vault();
  const engine = openBao();
  return { ...engine, config: { ...engine.config, unsafe_allow_api_audit_creation: true } };
}
