import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../engines/engine.ts';
import type { EngineOptions } from '../harness/engine-server.ts';
import { ContainerProgram } from './container-program.ts';
import { engineImage } from './images.ts';

/** How an engine is started in containers, and what remains to be removed after the last one. */
export interface ContainerEngine extends Required<Pick<EngineOptions, 'binary' | 'start'>>, AsyncDisposable {}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** An engine's image, and a command line that runs in whichever container of it was started last. @throws ImageMissingError */
export async function containerEngine(engine: Engine): Promise<ContainerEngine> {
  const { image } = await engineImage(engine);
  const folder = await mkdtemp(join(tmpdir(), 'container-'));
  const binary = join(folder, engine.command);
  const idFile = join(folder, 'id');
  const variables = ['ADDR', 'TOKEN', 'FORMAT', 'NAMESPACE'].map((name) => `-e ${engine.prefix}_${name}`).join(' ');
  const host = process.env['DOCKER_HOST'];
  await Bun.write(
    binary,
    `#!/bin/sh\n${host === undefined ? '' : `export DOCKER_HOST=${quoted(host)}\n`}` +
      `exec docker exec ${variables} -e HOME=/nowhere "$(cat ${quoted(idFile)})" ${engine.command} "$@"\n`,
  );
  await chmod(binary, 0o755);
  return {
    binary,
    async start(options) {
      const [, ...words] = options.command;
      const program = await ContainerProgram.start(image, { ...options, command: [engine.command, ...words] });
      await Bun.write(idFile, program.id);
      return program;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
