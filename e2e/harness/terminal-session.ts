import { shellEnvironment } from './command-line.ts';

/** One shell that keeps its variables from one command to the next, as a person's terminal does. */
export class TerminalSession implements AsyncDisposable {
  readonly #child: Bun.Subprocess<'pipe', 'pipe', 'inherit'>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #unread = '';

  private constructor(child: Bun.Subprocess<'pipe', 'pipe', 'inherit'>) {
    this.#child = child;
    this.#reader = child.stdout.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  }

  /** A shell in the server's folder that finds the engine's program by its name and is root there. */
  static async open(server: Parameters<typeof shellEnvironment>[0]): Promise<TerminalSession> {
    const child = Bun.spawn(['/bin/sh'], {
      cwd: server.folder,
      env: await shellEnvironment(server),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return new TerminalSession(child);
  }

  /** Types a command and gives what a person would see of it, errors too. */
  async type(command: string): Promise<{ readonly code: number; readonly text: string }> {
    const mark = `\u001E${crypto.randomUUID()}`;
    // The braces let the command's own lines, and a here-document, end before what is said of it.
    await this.#child.stdin.write(`{ ${command}\n} 2>&1 </dev/null\nprintf '%s %s\\n' '${mark}' $?\n`);
    await this.#child.stdin.flush();
    const timer = setTimeout(() => this.#child.kill(), 60_000);
    try {
      for (;;) {
        const at = this.#unread.indexOf(mark);
        const [, code] = at === -1 ? [] : (/^ (\d+)\n/.exec(this.#unread.slice(at + mark.length)) ?? []);
        if (code !== undefined) {
          const text = this.#unread.slice(0, at);
          this.#unread = '';
          return { code: Number(code), text };
        }
        const { value, done } = await this.#reader.read();
        if (done) throw new Error(`the shell ended at: ${command}`);
        this.#unread += this.#decoder.decode(value, { stream: true });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.end();
    await this.#child.exited;
  }
}
