import { ReportedError } from '../harness/script.ts';

/** The engines that the plugin is for, as ENGINES names them. */
export type EngineName = 'openbao' | 'vault';

/** What getting an engine's program may be told and may tell. */
export interface ProgramOptions {
  /** Gets a line now and then while something takes long. */
  readonly report?: (line: string) => void;
  /** Ends a download or a build early; its temporary files go. */
  readonly signal?: AbortSignal;
}

/** A program that was run once and said what it is. */
export interface EngineProgram {
  readonly path: string;
  /** As it says itself, without a v. */
  readonly version: string;
}

/** One version of an engine: where it differs from the other, and how it is had. */
export interface Engine {
  readonly name: EngineName;
  /** As its makers write it. */
  readonly title: 'OpenBao' | 'Vault';
  /** The version that is asked for, or else the one that the suite is written against. */
  readonly version: string;
  /** Whether the version is asked for: no other is then taken for it. */
  readonly asked: boolean;
  /** What its command line is called. */
  readonly command: 'bao' | 'vault';
  /** What the names of its command line's environment variables begin with: `<prefix>_ADDR`, `<prefix>_TOKEN`. */
  readonly prefix: 'BAO' | 'VAULT';
  /** What its configuration needs beside what both understand, where it is no development server. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether it has namespaces. */
  readonly namespaces: boolean;
  /** Why its program cannot be had on this machine, and what to do about it; undefined where it is worth trying. */
  whyMissing(): Promise<string | undefined>;
  /**
   * Its program, fetched or built first where need be.
   * @throws EngineMissingError where there is nothing here to get it with
   * @throws EngineFetchError where getting it failed
   * @throws EngineProgramError where the program that was named is not what it is taken for
   */
  program(options?: ProgramOptions): Promise<EngineProgram>;
}

type About = Pick<Engine, 'title' | 'version'>;

/** There is no program of an engine, and nothing on this machine to get it with; the reason says what to install or to name. */
export class EngineMissingError extends ReportedError {
  override readonly name = 'EngineMissingError';

  constructor({ title, version }: About, reason: string) {
    super(`No ${title} ${version} to run: ${reason}`);
  }
}

/** An engine's program could not be fetched or built; the message has what was said in the end. */
export class EngineFetchError extends ReportedError {
  override readonly name = 'EngineFetchError';
  readonly reason: string;

  constructor({ title, version }: About, reason: string) {
    const [one, variable] = title === 'Vault' ? ['a Vault', 'VAULT_BINARY'] : ['an OpenBao', 'BAO_BINARY'];
    const wayOut = `Name ${one} that is there already in ${variable}.`;
    super(`No ${title} ${version} to run: ${reason}\n${wayOut}`);
    this.reason = reason;
  }
}

/** The program or the image that was named for an engine is not there, does not run, or is something else. */
export class EngineProgramError extends ReportedError {
  override readonly name = 'EngineProgramError';
}
