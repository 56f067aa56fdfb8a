import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The compiled plugin. */
export const pluginBinary = resolve(import.meta.dir, '../../../dist/vault-plugin-secrets-litellm');

/** The variables of a process; what is undefined is left out. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How a process ended. */
export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | number | null;
}

/** The process ended before its handshake. */
export class NoHandshakeError extends Error {
  override readonly name = 'NoHandshakeError';

  constructor(end: ProcessEnd, stderr: string) {
    super(`the plugin ended (code ${end.code}, signal ${end.signal}) without a handshake: ${stderr}`);
  }
}

/** A process of the plugin with what it prints. Its environment is what is given, and nothing of the test's own. */
export class PluginProcess {
  readonly pid: number;
  /** Resolves when it has ended and all it printed is here. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  readonly #firstLine = Promise.withResolvers<string>();
  #stdout = '';
  #stderr = '';
  #running = true;

  constructor(command: readonly string[], environment: Environment) {
    if (command[0] === pluginBinary && !existsSync(pluginBinary)) {
      throw new Error(`${pluginBinary} is not there: run \`just build\` first`);
    }
    this.#child = Bun.spawn([...command], {
      env: { ...environment },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    this.pid = this.#child.pid;
    this.#firstLine.promise.catch(() => undefined);
    this.ended = this.#follow();
  }

  /** Everything on standard output so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Everything on standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The first line on standard output; rejects with {@link NoHandshakeError} when none comes. */
  async firstLine(): Promise<string> {
    return await this.#firstLine.promise;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #follow(): Promise<ProcessEnd> {
    const streams = Promise.all([
      collect(this.#child.stdout, (text) => {
        this.#stdout += text;
        const end = this.#stdout.indexOf('\n');
        if (end >= 0) this.#firstLine.resolve(this.#stdout.slice(0, end));
      }),
      collect(this.#child.stderr, (text) => {
        this.#stderr += text;
      }),
    ]);
    await this.#child.exited;
    this.#running = false;
    await streams;
    const end = { code: this.#child.exitCode, signal: this.#child.signalCode };
    this.#firstLine.reject(new NoHandshakeError(end, this.#stderr));
    return end;
  }
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

/** Waits for a promise no longer than a time; tells whether it settled. */
export async function settlesWithin(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), milliseconds);
  try {
    return await Promise.race([promise.then(() => true as const), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
