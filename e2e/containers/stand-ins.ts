import { copyFile, link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineMissingError } from '../engines/engine.ts';
import { selectEngines } from '../engines/select-engines.ts';
import { docker, DockerError, whyNoDocker } from './docker.ts';
import { imageVariable } from './images.ts';

// `just images`: an image for each engine with nothing in it but its program, where the official ones cannot be pulled. Prints
// the lines to set in the environment.

/** The name of such an image. */
const standInName = (name: string, version: string): string => `localhost/litellm-plugin-test/${name}:${version}`;

async function main(): Promise<void> {
  const why = await whyNoDocker();
  if (why !== undefined) throw new DockerError('', why);
  const { engines } = await selectEngines(process.env['ENGINES']);
  for (const engine of engines) {
    const program = await engine.program({ report: (line) => console.error(line) });
    const folder = await mkdtemp(join(tmpdir(), 'image-'));
    try {
      await link(program, join(folder, engine.command)).catch(() => copyFile(program, join(folder, engine.command)));
      await Bun.write(
        join(folder, 'Dockerfile'),
        `FROM scratch\nCOPY ${engine.command} /bin/${engine.command}\nENTRYPOINT ["/bin/${engine.command}"]\n`,
      );
      const image = standInName(engine.name, engine.version);
      await docker(['build', '--quiet', `--tag=${image}`, folder]);
      console.log(`${imageVariable(engine.name)}=${image}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof DockerError || error instanceof EngineMissingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
