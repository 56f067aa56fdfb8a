import { resolve } from 'node:path';
import type { EngineName } from '../engines/engine.ts';
import { docker, DockerError } from './docker.ts';

const file = resolve(import.meta.dir, '../../images.env');

/** An image is neither here nor to be had; the message names it and says what to do. */
export class ImageMissingError extends Error {
  override readonly name = 'ImageMissingError';

  constructor(image: string, variable: string, options: ErrorOptions) {
    const why = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(
      `The image ${image} cannot be pulled (${why}). Name another in ${variable}, or build stand-ins: just images.`,
      options,
    );
  }
}

/** The variable that names an engine's image. */
export const imageVariable = (name: EngineName): string => (name === 'vault' ? 'VAULT_IMAGE' : 'OPENBAO_IMAGE');

/** The image of an engine, by the environment or else by images.env. */
export async function imageOf(name: EngineName): Promise<string> {
  const variable = imageVariable(name);
  const given = process.env[variable] ?? '';
  if (given !== '') return given;
  const line = new RegExp(`^${variable}=(.+)$`, 'm').exec(await Bun.file(file).text());
  if (line?.[1] === undefined) throw new Error(`${file} names no ${variable}`);
  return line[1];
}

/** Pulls the image of an engine unless it is here, and gives its name. @throws ImageMissingError */
export async function requireImage(name: EngineName, signal?: AbortSignal): Promise<string> {
  const image = await imageOf(name);
  const here = await docker(['image', 'inspect', '--format={{.Id}}', image], signal).catch(() => undefined);
  if (here !== undefined) return image;
  try {
    await docker(['pull', '--quiet', image], signal);
    return image;
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new ImageMissingError(image, imageVariable(name), { cause: error });
  }
}
