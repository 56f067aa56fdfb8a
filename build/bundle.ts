import { join } from 'node:path';
import type { Package } from './package.ts';
import { type Target, targetName } from './targets.ts';

/** The program that is compiled where nobody names another one, from the repository's folder. */
export const pluginEntry = 'src/main.ts';

/** `bun build` ended with something else than 0, and has said why. */
export class BundleError extends Error {
  override readonly name = 'BundleError';

  constructor(code: number) {
    super(`Compiling failed (bun build ended with ${code}); dist/ is as it was before.`);
  }
}

/** What `bun build` made. */
export interface Bundle {
  /** The program. */
  readonly file: string;
  /** The source files that went into it, as paths relative to the repository. */
  readonly inputs: readonly string[];
}

/**
 * Compiles a program to one executable file in `folder`, which lies in dist/ and also gets Bun's own temporary files.
 *
 * @param entry - Its main file, from the repository's folder.
 * @param target - The machine it is for; without one, Bun itself is taken as it runs.
 */
export async function bundle(
  { name, version }: Package,
  folder: string,
  entry: string,
  target: Target | undefined,
  signal: AbortSignal,
): Promise<Bundle> {
  const child = Bun.spawn(
    [
      process.execPath,
      'build',
      // Relative, so that no build machine's path gets into the binary and two checkouts give the same bytes.
      `../../${entry}`,
      '--root=../..',
      `--outfile=${name}`,
      '--compile',
      ...(target === undefined ? [] : [`--target=bun-${targetName(target)}`]),
      '--minify',
      '--bytecode',
      '--format=esm',
      '--sourcemap=inline',
      '--metafile=inputs.json',
      // Otherwise the binary would read these two from whatever folder the server was started in.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      // Bun writes these two into CommonJS modules as paths of the build machine; nothing reads files beside them.
      '--define=__dirname="/"',
      '--define=__filename="/"',
      `--define=PLUGIN_VERSION=${JSON.stringify(`v${version}`)}`,
    ],
    { cwd: folder, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit', signal },
  );
  const code = await child.exited;
  signal.throwIfAborted();
  if (code !== 0) throw new BundleError(code);
  const { inputs } = (await Bun.file(join(folder, 'inputs.json')).json()) as { readonly inputs: object };
  return { file: join(folder, name), inputs: Object.keys(inputs).map((path) => path.replace(/^(\.\.\/)+/, '')) };
}
