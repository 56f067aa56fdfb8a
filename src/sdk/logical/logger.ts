/** hclog's levels. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** Named values beside a message. Never a key, a master key or a whole request. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Structured logging. Go: `hclog.Logger`. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** A logger that says nothing. Go: `hclog.NewNullLogger`. */
export const nullLogger: Logger = { log: () => undefined };
