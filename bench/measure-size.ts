import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pluginBinary } from '../tests/harness/plugin-host/plugin-process.ts';
import type { Section } from './figure.ts';
import { summarize } from './statistics.ts';

/** There is no binary to measure. */
export class NotBuiltError extends Error {
  override readonly name = 'NotBuiltError';

  constructor(cause: unknown) {
    super(`${pluginBinary} is not there: run \`just build\` first`, { cause });
  }
}

/** How large the binary is, and that it is all there is. @throws NotBuiltError */
export async function measureSize(): Promise<Section> {
  const { size } = await stat(pluginBinary).catch((error: unknown) => {
    throw new NotBuiltError(error);
  });
  // What a build that is under way keeps there begins with a dot; a release has a folder of its own.
  const entries = await readdir(dirname(pluginBinary), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return {
    title: 'Size',
    figures: [
      { what: 'the binary', unit: 'MB', summary: summarize([size / 1e6]) },
      { what: 'files in dist/', unit: 'files', summary: summarize([files.length]), target: 1 },
    ],
    notes: ['MB is 10^6 bytes'],
  };
}
