import { UpError } from './running-engine.ts';

/** A port of compose.yaml. */
export interface ServedPort {
  /** The environment variable that names another. */
  readonly variable: string;
  readonly usual: number;
}

/** The port by the environment, or else the usual one. @throws UpError where the environment names something that is no port */
export function servedPort({ variable, usual }: ServedPort): number {
  const given = process.env[variable] ?? '';
  if (given === '') return usual;
  const number = Number(given);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new UpError(`${variable} is ${JSON.stringify(given)}, which is no port.`);
}

/** @throws UpError where something listens there already */
export async function requireFree(title: string, served: ServedPort): Promise<void> {
  const port = servedPort(served);
  try {
    await Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } }).stop(true);
  } catch {
    throw new UpError(`Port ${port}, which ${title} is to have, is taken; name another in ${served.variable}.`);
  }
}
