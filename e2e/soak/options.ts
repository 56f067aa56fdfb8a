import type { EngineName } from '../engines/engine.ts';
import { parseArguments } from '../harness/arguments.ts';
import { environmentProxy, type Proxy } from '../harness/proxy.ts';
import { UsageError } from '../harness/script.ts';

/** What all runs have in common. */
interface CommonOptions {
  readonly clients: number;
  readonly engine: EngineName;
  /** How many servers share the storage by raft: one, or three. */
  readonly nodes: number;
  readonly seed: number;
  /** Whether the plugin keeps a write-ahead entry while it makes a key. */
  readonly writeAhead: boolean;
  /** A real LiteLLM; undefined for the stand-in. */
  readonly proxy: Proxy | undefined;
}

/** What a soak is asked to do. */
export type SoakOptions =
  | { readonly action: 'help' }
  | (CommonOptions & { readonly action: 'faults'; readonly minutes: number })
  | (CommonOptions & { readonly action: 'memory'; readonly requests: number });

/** What `--help` prints. */
export const usage = `usage: npm run soak [-- OPTIONS]

Lets clients issue, use, renew and revoke keys of a compiled plugin in a real engine (\`just build\` first) while everything around it
fails, then waits until all has settled, and asserts that no key outlived its lease. Ends with a table, and with 1 where it does not hold.

  --minutes N       how long things fail                         (default: 3)
  --clients N       how many clients at once                     (default: 32)
  --engine NAME     openbao or vault                             (default: openbao)
  --nodes N         1, or 3 servers that share their storage: then another becomes active when the leader steps down or is
                    sealed, and plugins are killed on any of them     (default: 1)
  --litellm KIND    stand-in, or real: the LiteLLM that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name, its database on
                    LITELLM_PG_PORT; with LITELLM_HOME, as start-litellm.sh takes it, PostgreSQL stops too (default: stand-in)
  --write-ahead     configure the plugin with write_ahead=true: then a killed plugin may leave only keys that it was about to answer with
  --seed N          repeats the choices of the run that printed it
  --requests N      in place of --minutes: nothing fails, and the plugin's memory is read every so often until it has answered
                    N requests; it must be flat
  --help            print this text
`;

/** Reads the arguments. @throws UsageError, ProxyError */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const { help, minutes, requests, seed, ...values } = parseArguments(args, {
    options: {
      minutes: { type: 'string' },
      clients: { type: 'string', default: '32' },
      engine: { type: 'string', default: 'openbao' },
      nodes: { type: 'string', default: '1' },
      litellm: { type: 'string', default: 'stand-in' },
      'write-ahead': { type: 'boolean', default: false },
      seed: { type: 'string' },
      requests: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
  if (help) return { action: 'help' };
  if (minutes !== undefined && requests !== undefined) {
    throw new UsageError('--requests and --minutes exclude each other');
  }
  const common = {
    clients: positive('clients', values.clients),
    engine: oneOf('engine', values.engine, ['openbao', 'vault']),
    nodes: Number(oneOf('nodes', values.nodes, ['1', '3'])),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : positive('seed', seed),
    writeAhead: values['write-ahead'],
    proxy: oneOf('litellm', values.litellm, ['stand-in', 'real']) === 'real' ? requireProxy() : undefined,
  };
  return requests === undefined
    ? { ...common, action: 'faults', minutes: positive('minutes', minutes ?? '3') }
    : { ...common, action: 'memory', requests: positive('requests', requests) };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new UsageError(`--${name} needs a number above 0`);
  return value;
}

function oneOf<Word extends string>(name: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageError(`--${name} takes ${words.join(' or ')}`);
  return found;
}

function requireProxy(): Proxy {
  const proxy = environmentProxy();
  if (proxy === undefined) throw new UsageError('--litellm real needs E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY');
  return proxy;
}
