import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../engines/engine.ts';
import { freePorts } from './free-ports.ts';
import { createApi, textOf, type Api } from './engine-api.ts';
import { ProcessGroup } from './process-group.ts';
import { raftConfig } from './raft-config.ts';
import type { RunningProgram, ProgramOptions } from './running-program.ts';
import type { ProcessInfo } from './processes.ts';
import { ReportedError } from './script.ts';
import { until } from './until.ts';

/** An engine has ended, or never answered; the message ends with the last lines of its log. */
export class EngineEndedError extends ReportedError {
  override readonly name = 'EngineEndedError';

  constructor(title: string, reason: string, log: string, options?: ErrorOptions) {
    super(`${title} ${reason}\n${log.trimEnd().split('\n').slice(-15).join('\n')}`, options);
  }
}

/** How a server is started. */
export interface EngineOptions {
  readonly engine: Engine;
  /** Its program, or what starts that; the engine's own when left out, fetched or built first where need be. */
  readonly binary?: string;
  /** How its program is started; as a process of this machine when left out. */
  readonly start?: (options: ProgramOptions) => Promise<RunningProgram>;
  /** `memory` forgets all when it ends and needs no unsealing; `raft` keeps it in the server's folder. Default: memory. */
  readonly storage?: 'memory' | 'raft';
  /**
   * A server on raft whose cluster this one joins, as a standby. Neither of them can be restarted then: a server has other ports after
   * that, and the others would not find it.
   */
  readonly join?: EngineServer;
  /** From which level on the server logs. Default: debug. */
  readonly logLevel?: 'debug' | 'error';
  /** What else the server's environment holds; its plugins inherit it. */
  readonly env?: Readonly<Record<string, string>>;
  /** What else its configuration says. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Ends a start early. */
  readonly signal?: AbortSignal;
}

const startNatively = async (options: ProgramOptions): Promise<RunningProgram> => new ProcessGroup(options);

/** A real OpenBao or Vault on loopback, in a folder of its own. */
export class EngineServer implements AsyncDisposable {
  /** Asks the server's API as root. */
  readonly api: Api;
  /** Where its plugins are, its data and its log; nothing of it is elsewhere. */
  readonly folder: string;
  readonly binary: string;
  readonly #options: EngineOptions;
  #address = '';
  #rootToken = 'root';
  #unsealKey = '';
  #group: RunningProgram | undefined;

  private constructor(folder: string, binary: string, options: EngineOptions) {
    this.folder = folder;
    this.binary = binary;
    this.#options = options;
    this.api = (method, path, body) => createApi(this.#address, () => this.#rootToken)(method, path, body);
  }

  /** Starts a server and waits until it takes requests. @throws EngineEndedError, and what {@link Engine.program} does; the signal's reason */
  static async start(options: EngineOptions): Promise<EngineServer> {
    const { engine, signal } = options;
    const report = (line: string): void => console.error(line);
    const binary = options.binary ?? (await engine.program({ report, ...(signal && { signal }) })).path;
    // Short, since a plugin's socket is made in it and a socket's path may not be long; real, since macOS's is a link.
    const server = new EngineServer(
      await mkdtemp(join(await realpath(tmpdir()), `${engine.command}-`)),
      binary,
      options,
    );
    try {
      await mkdir(server.pluginFolder);
      await mkdir(join(server.folder, 'data'));
      await server.restart();
      return server;
    } catch (error) {
      // What was left behind is in the error already.
      await server.stop().catch(() => undefined);
      throw error;
    }
  }

  /** `http://127.0.0.1:<port>`; another one after a restart. */
  get address(): string {
    return this.#address;
  }

  get rootToken(): string {
    return this.#rootToken;
  }

  get engine(): Engine {
    return this.#options.engine;
  }

  get pluginFolder(): string {
    return join(this.folder, 'plugins');
  }

  get logFile(): string {
    return join(this.folder, 'server.log');
  }

  /** The plugins' processes, in the order of their ids. */
  async plugins(): Promise<readonly ProcessInfo[]> {
    const children = (await this.#group?.children()) ?? [];
    return children.toSorted((a, b) => a.pid - b.pid);
  }

  /** Starts the server, again if it has run, unsealed; with the storage `memory` it begins anew. @throws EngineEndedError */
  async restart(): Promise<void> {
    await this.#end();
    for (let attempt = 1; ; attempt++) {
      // It may have run before, or tried to.
      const before = (await this.#log()).length;
      try {
        await this.#launch();
        return;
      } catch (error) {
        const left: readonly unknown[] = await this.#end().then(
          () => [],
          (reason: unknown) => [reason],
        );
        this.#options.signal?.throwIfAborted();
        const log = (await this.#log()).slice(before);
        // A port that was free may have been taken since.
        if (attempt < 3 && left.length === 0 && log.includes('address already in use')) continue;
        const reasons = [error, ...left].map((reason) => (reason instanceof Error ? reason.message : String(reason)));
        throw new EngineEndedError(this.engine.title, `did not start: ${reasons.join('; ')}`, log, { cause: error });
      }
    }
  }

  /** Unseals a sealed server and waits until it takes requests. */
  async unseal(): Promise<void> {
    await this.enterKey();
    if (this.#group !== undefined) await this.#ready(this.#group);
  }

  /** Gives a sealed server its key, and waits for nothing. */
  async enterKey(): Promise<void> {
    await this.api('PUT', 'sys/unseal', { key: this.#unsealKey });
  }

  /** Kills the server, and nothing but it, at once. */
  async kill(): Promise<void> {
    this.#group?.signal('SIGKILL');
    await this.#group?.exited;
  }

  /** Ends the server and removes its folder. @throws LeftBehindError where a plugin outlived it. */
  async stop(): Promise<void> {
    try {
      await this.#end();
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  /** Waits until the server ends by itself, which it should not. @throws EngineEndedError */
  async untilEnded(): Promise<never> {
    const code = await this.#group?.exited;
    throw new EngineEndedError(this.engine.title, `ended with ${code}`, await this.#log());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #log(): Promise<string> {
    return await readFile(this.logFile, 'utf8').catch(() => '');
  }

  async #end(): Promise<void> {
    const group = this.#group;
    this.#group = undefined;
    await group?.stop();
  }

  async #launch(): Promise<void> {
    const [port = 0, clusterPort = 0] = await freePorts(2);
    this.#address = `http://127.0.0.1:${port}`;
    const { storage = 'memory', logLevel = 'debug' } = this.#options;
    const memory = storage === 'memory';
    const configFile = join(this.folder, 'config.json');
    const config = {
      plugin_directory: this.pluginFolder,
      log_level: logLevel,
      ...(memory
        ? { disable_clustering: true }
        : { ...this.engine.config, ...raftConfig(this.folder, port, clusterPort) }),
      ...this.#options.config,
    };
    await Bun.write(configFile, JSON.stringify(config));
    const development = ['-dev', '-dev-no-store-token', `-dev-root-token-id=${this.#rootToken}`];
    const group = await (this.#options.start ?? startNatively)({
      command: [
        this.binary,
        'server',
        `-config=${configFile}`,
        ...(memory ? [...development, `-dev-listen-address=127.0.0.1:${port}`] : []),
      ],
      folder: this.folder,
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        HOME: this.folder,
        TMPDIR: this.folder,
        ...this.#options.env,
      },
      logFile: this.logFile,
    });
    this.#group = group;
    const { join: leader } = this.#options;
    if (leader !== undefined) await this.#join(group, leader);
    else if (!memory) await this.#initialize(group);
    await this.#ready(group);
  }

  async #initialize(group: RunningProgram): Promise<void> {
    const { initialized } = await this.#ask(group, 'the server tells its state', async () => {
      const { status, body } = await this.api('GET', 'sys/init');
      return status === 200 ? body : undefined;
    });
    if (initialized !== true) {
      const { body } = await this.api('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
      const [key] = body['keys'] as readonly string[];
      this.#unsealKey = key ?? '';
      this.#rootToken = textOf(body['root_token']);
    }
    await this.api('PUT', 'sys/unseal', { key: this.#unsealKey });
  }

  async #join(group: RunningProgram, leader: EngineServer): Promise<void> {
    this.#rootToken = leader.#rootToken;
    this.#unsealKey = leader.#unsealKey;
    await this.#ask(group, 'the server has joined', async () => {
      const { body } = await this.api('POST', 'sys/storage/raft/join', { leader_api_addr: leader.address });
      return body['joined'] === true;
    });
    // Once alone: a server that is told twice while it joins starts its standby twice, and then hears no step-down.
    await this.api('PUT', 'sys/unseal', { key: this.#unsealKey });
    await this.#ask(group, 'the server is unsealed', async () => {
      const { body } = await this.api('GET', 'sys/seal-status');
      return body['sealed'] === false;
    });
  }

  async #ready(group: RunningProgram): Promise<void> {
    const [what, query] =
      this.#options.join === undefined ? ['is active', ''] : ['is a standby', '?standbyok=true&perfstandbyok=true'];
    await this.#ask(
      group,
      `the server ${what}`,
      async () => (await this.api('GET', `sys/health${query}`)).status === 200,
    );
  }

  /** As `until`, but gives up at once when the program has ended. */
  #ask<Found>(group: RunningProgram, what: string, look: () => Promise<Found | undefined | false>): Promise<Found> {
    const ended = new AbortController();
    void group.exited.then((code) => ended.abort(new Error(`it ended with ${code}`)));
    const { signal = ended.signal } = this.#options;
    return until(what, 30, look, AbortSignal.any([ended.signal, signal]));
  }
}
