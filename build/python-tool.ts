import { join } from 'node:path';
import { root } from './dist.ts';
import { runCommand } from './command.ts';
import { pythonPackage } from './python.ts';

// python-tool.ts PACKAGE MODULE [ARGUMENT]…: runs a program that comes as a Python package, in the version that package.json names.

/** What pre-commit and check-jsonschema, or what they are made of, ask for. */
const least = [3, 11] as const;

await runCommand(async (signal) => {
  const [name, module, ...args] = process.argv.slice(2);
  if (name === undefined || module === undefined) throw new Error('usage: python-tool.ts PACKAGE MODULE [ARGUMENT]…');
  const { config } = (await Bun.file(join(root, 'package.json')).json()) as {
    readonly config: Readonly<Record<string, string>>;
  };
  const version = config[name];
  if (version === undefined) throw new Error(`package.json names no version of ${name}.`);
  const child = Bun.spawn(['python3', '-m', module, ...args], {
    env: { ...process.env, PYTHONPATH: await pythonPackage({ name, version, least }, signal) },
    stdio: ['inherit', 'inherit', 'inherit'],
    signal,
  });
  process.exitCode = await child.exited;
});
