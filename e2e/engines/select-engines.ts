import type { Engine } from './engine.ts';
import { openBao } from './openbao.ts';
import { vault } from './vault.ts';
import { ReportedError } from '../harness/script.ts';

/** The engines that a run is for, and those that it has to do without. */
export interface EngineSelection {
  readonly engines: readonly Engine[];
  readonly missing: readonly { readonly engine: Engine; readonly reason: string }[];
}

/** ENGINES makes no sense; the message says what does. */
export class EnginesError extends ReportedError {
  override readonly name = 'EnginesError';

  constructor(word: string) {
    super(
      `ENGINES names ${JSON.stringify(word)}: it takes openbao and vault, or one of them, each with a version if need be, ` +
        'as in "vault openbao@2.7.0".',
    );
  }
}

/**
 * The engines that the text `names`, each as `name` or `name@version` and each version once, however often it is named; none of
 * those is found missing before it is used. Without a text they are both, but for one that cannot be had on this machine.
 * @throws EnginesError
 */
export async function selectEngines(names: string | undefined): Promise<EngineSelection> {
  const words = (names ?? '').split(/[\s,]+/).filter((word) => word !== '');
  if (words.length > 0) return { engines: withoutTwins(words.map(engineOf)), missing: [] };
  const all = [openBao(), vault()];
  const reasons = await Promise.all(all.map((engine) => engine.whyMissing()));
  return {
    engines: all.filter((_, index) => reasons[index] === undefined),
    missing: all.flatMap((engine, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [{ engine, reason }];
    }),
  };
}

/** Of two that are one version of an engine, the one that takes no other version stays. */
function withoutTwins(engines: readonly Engine[]): readonly Engine[] {
  const byVersion = new Map<string, Engine>();
  for (const engine of engines) {
    const key = `${engine.name}@${engine.version}`;
    if (engine.asked || !byVersion.has(key)) byVersion.set(key, engine);
  }
  return [...byVersion.values()];
}

function engineOf(word: string): Engine {
  const [, name, version] = /^(openbao|vault)(?:@v?(\d+\.\d+\.\d+))?$/.exec(word) ?? [];
  switch (name) {
    case 'openbao':
      return openBao(version);
    case 'vault':
      return vault(version);
    default:
      throw new EnginesError(word);
  }
}
