import { parseArgs } from 'node:util';
import { type Proxy, proxyOf, UsageError } from '../e2e/harness/proxy.ts';

/** What can be measured by itself. */
export const partNames = ['size', 'start', 'added', 'openbao', 'memory', 'hung', 'in-flight'] as const;
export type PartName = (typeof partNames)[number];

/** What the benchmark is asked to do. */
export type BenchOptions =
  | { readonly action: 'help' }
  | {
      readonly action: 'run';
      readonly parts: readonly PartName[];
      /** Fewer runs: figures to look at, not to quote. */
      readonly quick: boolean;
      /** A LiteLLM that runs already; undefined for the stand-in. */
      readonly proxy: Proxy | undefined;
    };

/** What `--help` prints. */
export const usage = `usage: just bench [OPTIONS] [PART...]

Measures dist/vault-plugin-secrets-litellm (\`just build\` first) and prints each figure beside its target.

  size      the binary
  start     from start to handshake
  added     what a creds/ read adds to LiteLLM's own answer, over the plugin's gRPC
  openbao   creds/ reads through a real OpenBao, with 1 and 8 clients
  memory    of the plugin under a real OpenBao, idle and after 10,000 keys
  hung      creds/ reads on one mount, alone and beside 5,000 that hang on another
  in-flight creds/ reads of 32 clients for different max_in_flight; with --litellm, since the stand-in has no workers

  --litellm URL     for added, openbao and in-flight use this LiteLLM, and not the stand-in; the keys made are deleted again
  --master-key KEY  its master key, or LITELLM_MASTER_KEY in the environment
  --quick           fewer runs: to look at, not to quote
  --help            print this text
`;

/** Reads the arguments; LITELLM_MASTER_KEY of `env` stands for `--master-key`. @throws UsageError */
export function parseBenchOptions(args: readonly string[], env: NodeJS.ProcessEnv): BenchOptions {
  const { values, positionals } = parse(args);
  if (values.help === true) return { action: 'help' };
  const unknown = positionals.find((name) => !isPart(name));
  if (unknown !== undefined) throw new UsageError(`there is no part ${unknown}; there are ${partNames.join(', ')}`);
  return {
    action: 'run',
    parts: positionals.length === 0 ? partNames : partNames.filter((name) => positionals.includes(name)),
    quick: values.quick ?? false,
    proxy: proxyOf(values.litellm, values['master-key'], env['LITELLM_MASTER_KEY']),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((arg, index) => !(index === 0 && arg === '--')),
      allowPositionals: true,
      options: {
        litellm: { type: 'string' },
        'master-key': { type: 'string' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function isPart(name: string): name is PartName {
  return partNames.some((part) => part === name);
}
