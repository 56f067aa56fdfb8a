import { selectEngines } from '../engines/select-engines.ts';
import { runScript } from '../harness/script.ts';
import { DockerError, whyNoDocker } from './docker.ts';
import { imageVariable } from './images.ts';
import { buildStandIn } from './plugin-image.ts';

// `just images`: an image for each engine with nothing in it but its program, where the official ones cannot be
// pulled. Prints the lines to set in the environment.

await runScript(async (signal) => {
  const why = await whyNoDocker();
  if (why !== undefined) throw new DockerError('', `No images: ${why}`);
  const { engines, missing } = await selectEngines(process.env['ENGINES']);
  signal.throwIfAborted();
  for (const { engine, reason } of missing) console.error(`No image of ${engine.title} ${engine.version}: ${reason}`);
  for (const engine of engines) {
    const { path, version } = await engine.program({ report: (line) => console.error(line), signal });
    // One that is being built when this is interrupted may become whole; its line is printed.
    signal.throwIfAborted();
    const image = `localhost/litellm-plugin-test/${engine.name}:${version}`;
    await buildStandIn(image, path, engine.command);
    console.log(`${imageVariable(engine.name)}=${image}`);
  }
  return 0;
});
