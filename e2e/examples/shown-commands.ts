import { resolve } from 'node:path';

/** The folder of the examples. */
export const examples = resolve(import.meta.dir, '../../examples');

/** The commands that an example's README shows in its `sh` blocks, continued lines joined; comments are left out. */
export async function shownCommands(example: string): Promise<readonly string[]> {
  const text = await Bun.file(resolve(examples, example, 'README.md')).text();
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'));
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}
