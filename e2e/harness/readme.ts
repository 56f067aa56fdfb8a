import { join, resolve } from 'node:path';

/** A command that the README shows. */
export interface ReadmeCommand {
  /** As it stands there, continued lines joined. */
  readonly line: string;
  /** The commented lines below it, without their marks: what it prints. */
  readonly output: readonly string[];
}

const readmeFile = resolve(join(import.meta.dir, '../../README.md'));

/** The commands in the first `sh` block below a heading of the README that holds `word`. */
export async function readmeCommands(heading: string, word: string): Promise<readonly ReadmeCommand[]> {
  const text = await Bun.file(readmeFile).text();
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const block = blocks.find((one) => one.includes(word));
  if (block === undefined) throw new Error(`README.md shows no ${word} under "${heading}"`);
  const commands: { line: string; output: string[] }[] = [];
  for (const line of block.replaceAll(/\\\n\s*/g, '').split('\n')) {
    if (line.startsWith('# ')) commands.at(-1)?.output.push(line.slice(2));
    else if (line.trim() !== '') commands.push({ line: line.trim(), output: [] });
  }
  return commands;
}
