import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './script.ts';

/** What {@link parseArgs} makes of the arguments, without the `--` that npm may leave before them. @throws UsageError */
export function parseArguments<Config extends ParseArgsConfig>(
  args: readonly string[],
  config: Config,
): ReturnType<typeof parseArgs<Config & { args: string[] }>> {
  try {
    return parseArgs({ ...config, args: args.filter((arg, index) => !(index === 0 && arg === '--')) });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
