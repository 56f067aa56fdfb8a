import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ReportedError } from '../../e2e/harness/script.ts';

/** Go could not build what the comparison needs. */
export class GoBuildError extends ReportedError {
  override readonly name = 'GoBuildError';

  constructor(said: string) {
    super(
      `could not build what the comparison needs: it takes Go 1.25 or later (on Debian: npm run prepare-debian go). Go says: ${said}`,
    );
  }
}

/** The programs of the comparison that are written in Go. Dispose of them. */
export interface Programs extends AsyncDisposable {
  /** vault-plugin-secrets-terraform, as its authors build it. */
  readonly terraform: string;
  readonly load: string;
  readonly upstream: string;
  readonly pauses: string;
  /** For files of one run. */
  readonly folder: string;
}

const packages = {
  terraform: 'github.com/hashicorp/vault-plugin-secrets-terraform/cmd/vault-plugin-secrets-terraform',
  load: './load',
  upstream: './upstream',
  pauses: './pauses',
} as const;

/** Builds them by a plain `go build` from bench/go/go.mod; what Go keeps makes that quick the second time. @throws GoBuildError */
export async function buildPrograms(signal: AbortSignal): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const build = async (name: keyof typeof packages): Promise<string> => {
      signal.throwIfAborted();
      const target = join(folder, name);
      const child = Bun.spawn(['go', 'build', '-mod=readonly', `-o=${target}`, packages[name]], {
        cwd: resolve(import.meta.dir, '../go'),
        env: { ...process.env, GOTOOLCHAIN: process.env['GOTOOLCHAIN'] ?? 'auto' },
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'pipe',
        signal,
      });
      const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
      if (code !== 0) throw new GoBuildError(said.trim().slice(-500));
      return target;
    };
    return {
      terraform: await build('terraform'),
      load: await build('load'),
      upstream: await build('upstream'),
      pauses: await build('pauses'),
      folder,
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error instanceof GoBuildError || signal.aborted ? error : new GoBuildError(String(error));
  }
}

/** The upstream of both plugins, which answers at once. Dispose of it. */
export interface Upstream extends AsyncDisposable {
  readonly url: string;
}

/** Starts it. */
export async function startUpstream({ upstream }: Programs): Promise<Upstream> {
  const child = Bun.spawn([upstream], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
  let text = '';
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('\n')) break;
  }
  if (!text.includes('\n')) throw new Error(`the upstream ended with ${await child.exited}`);
  return {
    url: text.trim(),
    async [Symbol.asyncDispose]() {
      await child.stdin.end();
      await child.exited;
    },
  };
}
