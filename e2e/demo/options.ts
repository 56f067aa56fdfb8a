import { parseArguments } from '../harness/arguments.ts';
import { type Proxy, proxyOf } from '../harness/proxy.ts';
import { UsageError } from '../harness/script.ts';

/** What the demonstration is asked to do. */
export type DemoOptions =
  | { readonly action: 'help' }
  | {
      readonly action: 'run';
      readonly keep: boolean;
      /** A LiteLLM that runs already; undefined for the embedded stand-in. */
      readonly proxy: Proxy | undefined;
      readonly model: string | undefined;
      readonly otherModel: string | undefined;
    };

/** What `--help` prints. */
export const usage = `usage: npm run demo [-- OPTIONS]

Shows the life of a leased LiteLLM key in a real OpenBao, from enabling the engine to the death of the key.

  --litellm URL       use this LiteLLM, not the embedded stand-in for one
  --master-key KEY    its master key; npm prints its arguments, so rather set LITELLM_MASTER_KEY
  --model NAME        the model that the key may call       (default: the first that LiteLLM offers)
  --other-model NAME  a model that it may not call          (default: the second)
  --keep              leave everything running until Ctrl-C, and say how to use it
  --help              print this text
`;

/** Reads the arguments; LITELLM_MASTER_KEY of `env` stands for `--master-key`. @throws UsageError */
export function parseDemoOptions(args: readonly string[], env: NodeJS.ProcessEnv): DemoOptions {
  const { values } = parseArguments(args, {
    options: {
      litellm: { type: 'string' },
      'master-key': { type: 'string' },
      model: { type: 'string' },
      'other-model': { type: 'string' },
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return { action: 'help' };
  const [empty] = Object.entries(values).find(([, value]) => value === '') ?? [];
  if (empty !== undefined) throw new UsageError(`--${empty} needs a value`);
  return {
    action: 'run',
    keep: values.keep ?? false,
    proxy: proxyOf(values.litellm, values['master-key'], env['LITELLM_MASTER_KEY']),
    model: values.model,
    otherModel: values['other-model'],
  };
}
