import { resolve } from 'node:path';
import { pageText } from './page.ts';
import { writePlots } from './plots.ts';
import { formatFile, pageFile, type Results } from './results.ts';

/** Draws the pictures and writes docs/performance.md, with what is said by hand of goals that are missed. */
export async function writePage(results: Results): Promise<void> {
  await writePlots(results);
  const limits = await Bun.file(resolve(import.meta.dir, '../limits.md')).text();
  await Bun.write(pageFile, pageText(results, limits));
  await formatFile(pageFile);
  console.log(`written: ${pageFile}`);
}
