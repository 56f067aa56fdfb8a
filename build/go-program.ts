import { basename } from 'node:path';

/** `go build` ended with something else than 0; the message has what it said in the end. */
export class GoBuildError extends Error {
  override readonly name = 'GoBuildError';
}

/** Why no Go program can be built here; undefined where it is worth trying. Any Go that fetches the newer one of a go.mod will do. */
export async function whyNoGo(): Promise<string | undefined> {
  if (Bun.which('go') === null) {
    return (
      'there is no go of 1.21 or later on the PATH to build it with. ' + 'On Debian, as root: npm run prepare-debian go'
    );
  }
  const said = await Bun.$`go version`.nothrow().quiet().text();
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(said) ?? [];
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 21)) return undefined;
  const why = said.trim() === '' ? 'does not run' : `is too old (${said.trim()})`;
  return `the go on the PATH ${why}. Put one of 1.21 or later there`;
}

/** What is built, and where to. */
export interface GoProgram {
  /** The folder with go.mod and go.sum, which stay as they are. */
  readonly module: string;
  readonly package: string;
  readonly target: string;
  /** For temporary files. */
  readonly scratch: string;
  readonly tags?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds it. Nothing writes to `scratch` any more when this has settled: go ends before the compilers that it has started, so all of
 * them are a process group and are killed as one.
 * @throws GoBuildError, or the signal's reason
 */
export async function buildGo({ module, package: name, target, scratch, tags = '', signal }: GoProgram): Promise<void> {
  signal?.throwIfAborted();
  const child = Bun.spawn(['go', 'build', '-mod=readonly', `-tags=${tags}`, `-o=${target}`, name], {
    cwd: module,
    env: {
      ...process.env,
      CGO_ENABLED: '0',
      // A distribution's Go may be told to fetch no newer one, which go.mod may ask for.
      GOTOOLCHAIN: process.env['GOTOOLCHAIN'] ?? 'auto',
      GOTMPDIR: scratch,
    },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    // Where nobody would kill it, it stays in the group that a terminal interrupts.
    detached: signal !== undefined,
  });
  const kill = (): void => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended just now.
    }
  };
  signal?.addEventListener('abort', kill);
  const [code, said] = await Promise.all([child.exited, child.stderr.text()]);
  signal?.removeEventListener('abort', kill);
  signal?.throwIfAborted();
  if (code !== 0) {
    throw new GoBuildError(
      `go build of ${basename(name)} ended with ${code}, saying: ${said.trim().slice(-500) || 'nothing'}`,
    );
  }
}
