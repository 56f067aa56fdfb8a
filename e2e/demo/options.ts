import { type Proxy, proxyOf, UsageError } from '../harness/proxy.ts';

/** What the demonstration is asked to do. */
export type DemoOptions =
  | { readonly action: 'help' }
  | { readonly action: 'stop' }
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
  --keep              leave everything running, for eight hours at most, and say how to use it
  --stop              stop what --keep left running
  --help              print this text
`;

const valued: ReadonlySet<string> = new Set(['--litellm', '--master-key', '--model', '--other-model']);
const plain: ReadonlySet<string> = new Set(['--keep', '--stop', '--help', '-h']);

/** Reads the arguments; LITELLM_MASTER_KEY of `env` stands for `--master-key`. @throws UsageError */
export function parseDemoOptions(args: readonly string[], env: NodeJS.ProcessEnv): DemoOptions {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const rest = args.filter((arg, index) => !(index === 0 && arg === '--'));
  for (let index = 0; index < rest.length; index++) {
    const [name = '', ...tail] = (rest[index] ?? '').split('=');
    if (valued.has(name)) {
      const value = tail.length > 0 ? tail.join('=') : rest[++index];
      if (value === undefined || value === '') throw new UsageError(`${name} needs a value`);
      values.set(name, value);
    } else if (plain.has(rest[index] ?? '')) {
      flags.add(rest[index] ?? '');
    } else {
      throw new UsageError(`there is no option ${name}`);
    }
  }
  if (flags.has('--help') || flags.has('-h')) return { action: 'help' };
  if (flags.has('--stop')) {
    if (rest.length > 1) throw new UsageError('--stop stands alone');
    return { action: 'stop' };
  }
  return {
    action: 'run',
    keep: flags.has('--keep'),
    proxy: proxyOf(values.get('--litellm'), values.get('--master-key'), env['LITELLM_MASTER_KEY']),
    model: values.get('--model'),
    otherModel: values.get('--other-model'),
  };
}
