import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { until } from './until.ts';
import { ReportedError } from './script.ts';

/** Something is kept there already, or the keeper could not start it; the message says why. */
export class KeeperError extends ReportedError {
  override readonly name = 'KeeperError';
}

/** What a keeper has started. */
export interface Kept<Facts> {
  /** What others need to know of it; JSON can carry it. No secret of somebody else's. */
  readonly facts: Facts;
  stop(): Promise<void>;
}

/** Where a keeper is told to work, and what it is called there. */
export interface KeepingOptions {
  /** Of the files that tell of it, in dist/ or the folder that E2E_KEEPING names. */
  readonly name: string;
  /** The keeper's own script, which calls {@link Keeping.keep}. */
  readonly script: string;
  /** The command that ends what is kept. */
  readonly endedBy: string;
}

interface Written<Facts> {
  readonly facts: Facts;
  /** Where the keeper listens. */
  readonly socket: string;
}

const hours = 8;

/**
 * Something that runs on in a process of its own, the keeper, after the one that asked for it: until it is told to end, is sent a
 * signal, or eight hours are over. A checkout has one under a name.
 */
export class Keeping<Order, Facts> {
  readonly #options: KeepingOptions;
  readonly #file: string;
  readonly #logFile: string;

  constructor(options: KeepingOptions) {
    this.#options = options;
    const folder = process.env['E2E_KEEPING'] ?? resolve(import.meta.dir, '../../dist');
    this.#file = join(folder, `${options.name}.json`);
    this.#logFile = join(folder, `${options.name}.log`);
  }

  /** Starts it and tells of it. Aborted, it is ended again. @throws KeeperError, or the signal's reason */
  async start(order: Order, seconds: number, signal?: AbortSignal): Promise<Facts> {
    if ((await this.#find()) !== undefined) {
      throw new KeeperError(`There is one that was kept already; \`${this.#options.endedBy}\` ends it.`);
    }
    await rm(this.#file, { force: true });
    await mkdir(dirname(this.#file), { recursive: true });
    const keeper = Bun.spawn([process.execPath, this.#options.script], {
      detached: true,
      stdin: new TextEncoder().encode(JSON.stringify(order)),
      stdout: 'ignore',
      stderr: Bun.file(this.#logFile),
    });
    keeper.unref();
    const ended = new AbortController();
    void keeper.exited.then((code) => ended.abort(new Error(`the keeper ended with ${code}`)));
    try {
      const either = AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])]);
      return (await until('the keeper is ready', seconds, () => this.#find(), either)).facts;
    } catch (error) {
      keeper.kill();
      await keeper.exited;
      const said = (
        await Bun.file(this.#logFile)
          .text()
          .catch(() => '')
      ).trim();
      await rm(this.#logFile, { force: true });
      signal?.throwIfAborted();
      throw new KeeperError(said === '' && error instanceof Error ? error.message : said, { cause: error });
    }
  }

  /** Ends what is kept, and says whether there was anything. */
  async stop(): Promise<boolean> {
    const written = await this.#find();
    if (written === undefined) return false;
    await ask(written.socket, 'DELETE');
    // The file goes last.
    await until('the keeper is gone', 60, async () => !(await Bun.file(this.#file).exists()));
    return true;
  }

  /**
   * What the keeper's script does: starts what it was ordered to, tells of it, and ends it when the time has come. Where it cannot
   * be started, the message of the error is what {@link Keeping.start} says. The signal is aborted when it is to end already.
   */
  async keep(begin: (order: Order, signal: AbortSignal) => Promise<Kept<Facts>>): Promise<void> {
    const order = (await Bun.stdin.json()) as Order;
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const early = new AbortController();
    void told.then(() => early.abort(new KeeperError('It was told to end.')));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tell());
    const kept = await begin(order, early.signal).catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    });
    const folder = await mkdtemp(join(tmpdir(), 'keeper-'));
    const socket = join(folder, 'socket');
    const control = Bun.serve({
      unix: socket,
      fetch(request) {
        if (request.method === 'DELETE') tell();
        return new Response();
      },
    });
    const timer = setTimeout(() => tell(), hours * 3600_000);
    await this.#write({ facts: kept.facts, socket });
    await told;
    clearTimeout(timer);
    await control.stop(true);
    try {
      await kept.stop();
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(this.#logFile, { force: true });
      await rm(this.#file, { force: true });
    }
  }

  /** Whole, and for the user's eyes only. */
  async #write(written: Written<Facts>): Promise<void> {
    const scratch = `${this.#file}.${process.pid}`;
    await Bun.write(scratch, JSON.stringify(written));
    await chmod(scratch, 0o600);
    await rename(scratch, this.#file);
  }

  /** What runs and answers. A file that a keeper cannot have written tells of none, and goes with the next start. */
  async #find(): Promise<Written<Facts> | undefined> {
    const file = Bun.file(this.#file);
    if (!(await file.exists())) return undefined;
    const written = parse(await file.text());
    return isWritten<Facts>(written) && (await ask(written.socket, 'GET')) ? written : undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWritten<Facts>(json: unknown): json is Written<Facts> {
  return (
    typeof json === 'object' && json !== null && 'facts' in json && 'socket' in json && typeof json.socket === 'string'
  );
}

async function ask(socket: string, method: 'GET' | 'DELETE'): Promise<boolean> {
  try {
    const { ok } = await fetch('http://keeper/', { method, unix: socket, signal: AbortSignal.timeout(5000) });
    return ok;
  } catch {
    return false;
  }
}
