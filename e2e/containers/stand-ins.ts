import { EngineFetchError, EngineMissingError, EngineProgramError } from '../engines/engine.ts';
import { EnginesError, selectEngines } from '../engines/select-engines.ts';
import { DockerError, whyNoDocker } from './docker.ts';
import { imageVariable } from './images.ts';
import { buildPluginImage } from './plugin-image.ts';

// `just images`: an image for each engine with nothing in it but its program and the plugin, where the official ones cannot be
// pulled. Prints the lines to set in the environment.

/** Aborted when somebody or the system ends this. An image that is being built by then may become whole; its line is printed. */
const interrupted = new AbortController();
for (const [name, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(name, () => {
    process.exitCode = exitCode;
    interrupted.abort(new Error('interrupted'));
  });
}

async function main(): Promise<void> {
  const { signal } = interrupted;
  const why = await whyNoDocker();
  if (why !== undefined) throw new DockerError('', `No images: ${why}`);
  const { engines, missing } = await selectEngines(process.env['ENGINES']);
  signal.throwIfAborted();
  for (const { engine, reason } of missing) console.error(`No image of ${engine.title} ${engine.version}: ${reason}`);
  for (const engine of engines) {
    const { path, version } = await engine.program({ report: (line) => console.error(line), signal });
    signal.throwIfAborted();
    const image = `localhost/litellm-plugin-test/${engine.name}:${version}`;
    await buildPluginImage(image, { base: 'scratch', program: { path, command: engine.command } });
    console.log(`${imageVariable(engine.name)}=${image}`);
  }
}

const ownErrors = [DockerError, EngineFetchError, EngineMissingError, EngineProgramError, EnginesError];
try {
  await main();
} catch (error) {
  if (!interrupted.signal.aborted) {
    if (!ownErrors.some((kind) => error instanceof kind)) throw error;
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
