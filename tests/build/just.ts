import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../..');

/** The program `just`: the one that runs the tests, or else that of the version that package.json names. */
export async function findJust(): Promise<string> {
  const given = process.env['JUST'] ?? '';
  if (given !== '') return given;
  const { config } = (await Bun.file(join(root, 'package.json')).json()) as {
    readonly config: { readonly just: string };
  };
  const folder = await mkdtemp(join(tmpdir(), 'just-'));
  try {
    const file = join(folder, 'justfile');
    await Bun.write(file, 'just := just_executable()\n');
    const words = [
      'npx',
      '--yes',
      '--prefer-offline',
      `rust-just@${config.just}`,
      '--justfile',
      file,
      '--evaluate',
      'just',
    ];
    const child = Bun.spawn(words, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
    return (await child.stdout.text()).trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}
