import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BunProgram, readBunProgram } from '../../../build/standalone/bun-program.ts';
import { findGlibc, type Glibc } from '../../../build/standalone/glibc.ts';
import { makeStandalone } from '../../../build/standalone/standalone.ts';
import { readStub } from '../../../build/standalone/start-code.ts';

/** hello.ts as Bun compiles it and as the standalone step makes it over, in a folder of their own. */
export interface HelloProgram {
  readonly folder: string;
  /** An empty folder in it. */
  readonly emptyFolder: string;
  /** As Bun makes it. */
  readonly plain: string;
  readonly standalone: string;
  readonly program: BunProgram;
  readonly glibc: Glibc;
  readonly remove: () => Promise<void>;
}

/** Compiles hello.ts both ways, for this machine. */
export async function makeHelloProgram(): Promise<HelloProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'hello-'));
  const [plain, standalone] = [join(folder, 'plain'), join(folder, 'hello')];
  const emptyFolder = join(folder, 'empty');
  await mkdir(emptyFolder);
  const source = join(import.meta.dir, 'hello.ts');
  const compiler = Bun.spawn(
    [process.execPath, 'build', source, '--compile', '--no-compile-autoload-dotenv', `--outfile=${plain}`],
    { cwd: folder, stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
  );
  if ((await compiler.exited) !== 0) throw new Error('hello.ts was not compiled');
  const program = readBunProgram('plain', await readFile(plain));
  const glibc = await findGlibc(program, []);
  const bytes = makeStandalone(program, glibc, await readStub(program.architecture), 'hello');
  await writeFile(standalone, bytes, { mode: 0o755 });
  return { folder, emptyFolder, plain, standalone, program, glibc, remove: () => rm(folder, { recursive: true }) };
}

/** What a program that has ended left. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>> = { PATH: '/usr/bin:/bin' },
): Promise<Outcome> {
  const child = Bun.spawn([...command], { env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}
