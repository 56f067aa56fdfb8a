import { unprocessable } from './refusal.ts';

/** A request's body, read with the checks that LiteLLM's models make; unknown fields are ignored. */
export class Fields {
  private readonly body: Readonly<Record<string, unknown>>;

  constructor(body: Readonly<Record<string, unknown>>) {
    this.body = body;
  }

  /** Whether the field was sent, null included. */
  has(name: string): boolean {
    return Object.hasOwn(this.body, name);
  }

  string(name: string): string | null {
    const value = this.value(name);
    if (value === null || typeof value === 'string') return value;
    throw unprocessable('string_type', ['body', name], 'Input should be a valid string');
  }

  requiredString(name: string): string {
    const value = this.has(name) ? this.string(name) : null;
    if (value === null) throw unprocessable('missing', ['body', name], 'Field required');
    return value;
  }

  /** Numbers written as text are read too. */
  number(name: string): number | null {
    const value = this.value(name);
    if (value === null || typeof value === 'number') return value;
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    if (Number.isFinite(read)) return read;
    const message = 'Input should be a valid number, unable to parse string as a number';
    throw unprocessable('float_parsing', ['body', name], message);
  }

  boolean(name: string): boolean | null {
    const value = this.value(name);
    if (value === null || typeof value === 'boolean') return value;
    throw unprocessable('bool_type', ['body', name], 'Input should be a valid boolean');
  }

  strings(name: string): readonly string[] | null {
    const value = this.value(name);
    if (value === null) return null;
    if (!Array.isArray(value)) throw unprocessable('list_type', ['body', name], 'Input should be a valid list');
    return value.map((item: unknown) => String(item));
  }

  list(name: string): readonly unknown[] | null {
    const value = this.value(name);
    if (value === null || Array.isArray(value)) return value;
    throw unprocessable('list_type', ['body', name], 'Input should be a valid list');
  }

  record(name: string): Readonly<Record<string, unknown>> | null {
    const value = this.value(name);
    if (value === null || isRecord(value)) return value;
    throw unprocessable('dict_type', ['body', name], 'Input should be a valid dictionary');
  }

  private value(name: string): unknown {
    return this.has(name) ? (this.body[name] ?? null) : null;
  }
}

/** Reads a body of JSON; an absent or unreadable one is refused as FastAPI does. */
export function readFields(text: string): Fields {
  if (text === '') throw unprocessable('missing', ['body'], 'Field required');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw unprocessable('json_invalid', ['body', 1], 'JSON decode error');
  }
  if (!isRecord(body)) {
    throw unprocessable('model_attributes_type', ['body'], 'Input should be a valid dictionary');
  }
  return new Fields(body);
}

/** A whole number in a query, with its bounds. */
export function queryNumber(
  query: URLSearchParams,
  name: string,
  fallback: number,
  least: number,
  most: number,
): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^-?\d+$/.test(text)) {
    const message = 'Input should be a valid integer, unable to parse string as an integer';
    throw unprocessable('int_parsing', ['query', name], message);
  }
  const value = Number(text);
  if (value < least) {
    throw unprocessable('greater_than_equal', ['query', name], `Input should be greater than or equal to ${least}`);
  }
  if (value > most) {
    throw unprocessable('less_than_equal', ['query', name], `Input should be less than or equal to ${most}`);
  }
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
