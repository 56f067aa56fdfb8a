import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { EngineProgramError, type Engine, type EngineName } from '../engines/engine.ts';
import { versionSaid } from '../engines/program.ts';
import { docker, DockerError } from './docker.ts';
import { ReportedError } from '../harness/script.ts';

const file = resolve(import.meta.dir, '../../images.env');

/** The variables that name images, in the environment and in images.env. */
export type ImageVariable = 'VAULT_IMAGE' | 'OPENBAO_IMAGE' | 'LITELLM_IMAGE' | 'POSTGRES_IMAGE';

/** What to do without an image, but for naming another. */
const wayOut = {
  VAULT_IMAGE: 'build stand-ins: just images',
  OPENBAO_IMAGE: 'build stand-ins: just images',
  LITELLM_IMAGE: 'a LiteLLM that runs already in E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY',
  POSTGRES_IMAGE: 'a LiteLLM that runs already in E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY',
} as const satisfies Record<ImageVariable, string>;

/** An image is neither here nor to be had; the message names it and says what to do. */
export class ImageMissingError extends ReportedError {
  override readonly name = 'ImageMissingError';
  readonly reason: string;

  constructor(image: string, variable: ImageVariable, options: ErrorOptions) {
    const why = options.cause instanceof Error ? options.cause.message : String(options.cause);
    const reason = `The image ${image} cannot be pulled (${why}).`;
    super(`${reason} Name another in ${variable}, or ${wayOut[variable]}.`, options);
    this.reason = reason;
  }
}

/** The variable that names an engine's image. */
export const imageVariable = (name: EngineName): ImageVariable => (name === 'vault' ? 'VAULT_IMAGE' : 'OPENBAO_IMAGE');

/** The image that a variable names, in the environment or else in images.env. */
async function imageOf(variable: ImageVariable): Promise<string> {
  const image = process.env[variable] || parseEnv(await Bun.file(file).text())[variable];
  if (image === undefined) throw new Error(`${file} names no ${variable}`);
  return image;
}

/** An image that is here, whose program was run once and said what it is. */
export interface EngineImage {
  readonly image: string;
  /** As it says itself, without a v. */
  readonly version: string;
}

/**
 * The image of an engine, pulled unless it is here.
 * @throws ImageMissingError where it cannot be pulled
 * @throws EngineProgramError where it holds another engine, or another version than was asked for
 */
export async function engineImage(engine: Engine, signal?: AbortSignal): Promise<EngineImage> {
  const { name, command } = engine;
  const variable = imageVariable(name);
  const image = await requireImage(variable, signal);
  const subject = `The image ${image}, which ${variable} names,`;
  const said = await docker(
    ['run', '--rm', '--network=host', `--entrypoint=${command}`, image, 'version'],
    signal,
  ).catch((error: unknown) => {
    if (!(error instanceof DockerError)) throw error;
    throw new EngineProgramError(`${subject} does not run \`${command} version\`: ${error.message}`);
  });
  return { image, version: versionSaid(said, engine, subject) };
}

/** Pulls an image unless it is here, and gives its name. @throws ImageMissingError */
export async function requireImage(variable: ImageVariable, signal?: AbortSignal): Promise<string> {
  const image = await imageOf(variable);
  try {
    await docker(['image', 'inspect', '--format={{.Id}}', image], signal);
    return image;
  } catch (error) {
    // It is not here.
    if (!(error instanceof DockerError)) throw error;
  }
  console.log(`Pulling ${image}`);
  try {
    await docker(['pull', '--quiet', image], signal);
    return image;
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new ImageMissingError(image, variable, { cause: error });
  }
}
