import { UpError } from './running-engine.ts';

/** A port of compose.yaml. */
export interface ServedPort {
  /** Whose it is. */
  readonly title: string;
  /** The environment variable that names another. */
  readonly variable: string;
  readonly usual: number;
}

/** A port, and whose. */
export interface ChosenPort {
  readonly served: ServedPort;
  readonly port: number;
}

/**
 * The ports by the environment, or else the usual ones.
 * @throws UpError where the environment names something that is no port, or one for two
 */
export function portsOf(served: readonly ServedPort[]): readonly ChosenPort[] {
  const chosen = served.map((one) => ({ served: one, port: chosenPort(one) }));
  for (const [index, { served: second, port }] of chosen.entries()) {
    const first = chosen.slice(0, index).find((other) => other.port === port)?.served;
    if (first === undefined) continue;
    throw new UpError(
      `${first.title} and ${second.title} cannot both have port ${port}; name another in ${second.variable}.`,
    );
  }
  return chosen;
}

function chosenPort({ variable, usual }: ServedPort): number {
  const given = process.env[variable] ?? '';
  if (given === '') return usual;
  const number = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (number > 0 && number < 65_536) return number;
  throw new UpError(`${variable} is ${JSON.stringify(given)}, which is no port.`);
}

/** @throws UpError where something listens there already */
export async function requireFree({ served: { title, variable }, port }: ChosenPort): Promise<void> {
  try {
    await Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } }).stop(true);
  } catch {
    throw new UpError(`Port ${port}, which ${title} is to have, is taken; name another in ${variable}.`);
  }
}
