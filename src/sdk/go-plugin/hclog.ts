/** hclog's levels, the least first. */
const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** One of hclog's levels. */
export type HclogLevel = (typeof levels)[number];

/** Writes one structured line; the host prints it under its own name and level. */
export interface HclogLogger {
  log(level: HclogLevel, message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
}

/**
 * A logger in the form that go-plugin's host reads from a plugin's standard error: one JSON object for each line. The
 * host decides by its own level what is shown. Go: `hclog.New` with `JSONFormat`.
 */
export function createHclogLogger(write: (line: string) => void, now: () => Date, module: string): HclogLogger {
  return {
    log(level, message, fields = {}) {
      const entry = {
        ...fields,
        '@level': level,
        '@message': message,
        '@module': module,
        '@timestamp': timestamp(now()),
      };
      write(`${JSON.stringify(entry)}\n`);
    },
  };
}

/** The host wants exactly six digits of a second; a JavaScript clock has three. */
function timestamp(date: Date): string {
  return date.toISOString().replace(/Z$/, '000Z');
}
