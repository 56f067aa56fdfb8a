import { parseArguments } from '../e2e/harness/arguments.ts';
import { environmentProxy, type Proxy, proxyOf } from '../e2e/harness/proxy.ts';
import { UsageError } from '../e2e/harness/script.ts';

/** What is measured side by side with a plugin in Go, and stands on the page. */
export const engineParts = ['race', 'first', 'memory', 'mounts', 'models', 'scale'] as const;
export type EnginePart = (typeof engineParts)[number];

/** The same without an engine: of the processes alone. */
export const processParts = ['start', 'pauses', 'litellm'] as const;
export type ProcessPart = (typeof processParts)[number];

const comparedParts = [...processParts, ...engineParts] as const;
export type ComparedPart = (typeof comparedParts)[number];

/** What can be measured besides, of this plugin alone. */
export const ownParts = ['added', 'hung', 'in-flight', 'rotation'] as const;
export type OwnPart = (typeof ownParts)[number];

/** How much is measured: for CI, to look at, or to quote. */
export type Length = 'short' | 'quick' | 'full';

/** What the benchmark is asked to do. */
export type BenchOptions =
  | { readonly action: 'help' | 'page' }
  | {
      readonly action: 'run';
      readonly compared: readonly ComparedPart[];
      readonly own: readonly OwnPart[];
      readonly engines: readonly ('openbao' | 'vault')[];
      readonly length: Length;
      /** Whether what is measured goes to docs/performance. */
      readonly write: boolean;
      /** How long each run waits for idle cores, in milliseconds. */
      readonly patienceMs: number;
      /** A LiteLLM that runs already; undefined for the stand-in. */
      readonly proxy: Proxy | undefined;
    };

/** What `--help` prints. */
export const usage = `usage: just bench [OPTIONS] [PART...]

Measures dist/vault-plugin-secrets-litellm (\`just build\` first) beside a plugin in Go, vault-plugin-secrets-terraform, in OpenBao
and then in Vault, and writes docs/performance.md. It takes some forty minutes, and Go and Linux; other work on the machine spoils it.

  race      issue, renew and revoke by 1, 8 and 32 clients, and the engine's own kv read
  first     the first 100 reads of a process, and a mount
  start     from start to handshake
  pauses    how long the process does not react while 8 clients issue keys
  memory    idle, at its peak, after 10,000 keys and at rest
  mounts    50 mounts on one process
  models    a role with 5,000 models
  scale     100,000 leases and 1,000 roles
  litellm   with --litellm: what share of a key's time is the plugin's; what was measured last stays otherwise

Of this plugin alone, only where they are named:

  added     what a creds/ read adds to LiteLLM's own answer, over the plugin's gRPC
  hung      creds/ reads on one mount, alone and beside 5,000 that hang on another
  in-flight creds/ reads of 32 clients for different max_in_flight; with --litellm, since the stand-in has no workers
  rotation  creds/ reads beside the rotation of 1,000 static roles that come due at once; what a start with 10,000 takes

  --engine NAME     openbao or vault alone
  --short           start and race in OpenBao, in a minute or two; fails where the best of three rounds is not half of a goal
                    against Go. The last line is "N passed, N failed"
  --quick           fewer rounds: to look at, not to quote
  --patience SECONDS  how long a run waits for idle cores; 20, and with --short 1
  --no-page         leaves docs/performance.md as it is; so do --short and --quick unless --page is given too
  --page            writes the page; with no part named, of what was measured last
  --litellm URL     for litellm, added and in-flight use this LiteLLM; the keys made are deleted again. Or E2E_LITELLM_URL in the
                    environment
  --master-key KEY  its master key, or LITELLM_MASTER_KEY in the environment; with E2E_LITELLM_URL, E2E_LITELLM_MASTER_KEY
  --help            print this text
`;

/** Reads the arguments; LITELLM_MASTER_KEY of `env` stands for `--master-key`. @throws UsageError */
export function parseBenchOptions(args: readonly string[], env: NodeJS.ProcessEnv): BenchOptions {
  const { values, positionals } = parseArguments(args, {
    allowPositionals: true,
    options: {
      engine: { type: 'string' },
      litellm: { type: 'string' },
      'master-key': { type: 'string' },
      short: { type: 'boolean' },
      patience: { type: 'string' },
      quick: { type: 'boolean' },
      page: { type: 'boolean' },
      'no-page': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return { action: 'help' };
  const known: readonly string[] = [...comparedParts, ...ownParts];
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no part ${unknown}; there are ${known.join(', ')}`);
  const { short = false, quick = false, page, engine } = values;
  if (page === true && positionals.length === 0 && !short && !quick) return { action: 'page' };
  if (engine !== undefined && engine !== 'openbao' && engine !== 'vault') {
    throw new UsageError(`there is no engine ${engine}; there are openbao and vault`);
  }
  const proxy = proxyOf(values.litellm, values['master-key'], env['LITELLM_MASTER_KEY']) ?? environmentProxy();
  if (proxy === undefined && positionals.includes('litellm')) {
    throw new UsageError('litellm needs a LiteLLM: --litellm, or E2E_LITELLM_URL in the environment');
  }
  const byDefault: readonly string[] = short
    ? ['start', 'race']
    : comparedParts.filter((name) => name !== 'litellm' || proxy !== undefined);
  const asked = positionals.length === 0 ? byDefault : positionals;
  return {
    action: 'run',
    compared: comparedParts.filter((name) => asked.includes(name)),
    own: ownParts.filter((name) => asked.includes(name)),
    engines: engine !== undefined ? [engine] : short ? ['openbao'] : ['openbao', 'vault'],
    length: short ? 'short' : quick ? 'quick' : 'full',
    patienceMs: 1000 * seconds(values.patience, short ? 1 : 20),
    write: page ?? (!short && !quick && values['no-page'] !== true),
    proxy,
  };
}

function seconds(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value >= 0)) throw new UsageError('--patience is a number of seconds');
  return value;
}
