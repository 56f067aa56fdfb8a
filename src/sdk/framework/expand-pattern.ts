/** One way through a pattern. */
interface Variant {
  readonly text: string;
  /** How long the text was when the last optional slash was appended. */
  readonly slashAt: number;
}

/** A part of a pattern: appends itself to each of the ways that lead to it. */
type Part = (variants: readonly Variant[]) => readonly Variant[];

/** A pattern has something that no OpenAPI path can say. */
class NotExpandable extends Error {}

/**
 * The OpenAPI paths of a pattern: one for each combination of alternatives and optional parts, with `{name}` for each
 * named capture. An optional slash at the end is left out. Undefined if the pattern, outside of its captures, matches
 * more than such paths can say. Go: `expandPattern` in sdk/framework/openapi.go.
 */
export function expandPattern(pattern: string): readonly string[] | undefined {
  try {
    const variants = new Parser(pattern).parse()([{ text: '', slashAt: 0 }]);
    return variants.filter(({ text, slashAt }) => slashAt !== text.length).map(({ text }) => text);
  } catch (error) {
    if (error instanceof NotExpandable) return undefined;
    throw error;
  }
}

const append =
  (text: string): Part =>
  (variants) =>
    variants.map((variant) => ({ ...variant, text: variant.text + text }));

const nothing: Part = (variants) => variants;

/** Reads the few constructs of a regular expression that stand for a fixed set of texts. */
class Parser {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new NotExpandable();
    return part;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return (variants) => parts.flatMap((part) => part(variants));
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#peek())) parts.push(this.#quantified());
    return (variants) => parts.reduce((led, part) => part(led), variants);
  }

  #quantified(): Part {
    const start = this.#at;
    const part = this.#atom();
    const isSlash = this.#pattern.slice(start, this.#at) === '/';
    if (/[*+{]/.test(this.#peek())) throw new NotExpandable();
    if (!this.#take('?')) return part;
    this.#take('?');
    return (variants) => {
      const taken = part(variants);
      return [...variants, ...(isSlash ? taken.map(({ text }) => ({ text, slashAt: text.length })) : taken)];
    };
  }

  #atom(): Part {
    if (this.#take('^') || this.#take('$')) return nothing;
    if (this.#take('(?P<')) return this.#capture();
    if (this.#take('(?:') || this.#take('(')) {
      const part = this.#alternatives();
      if (!this.#take(')')) throw new NotExpandable();
      return part;
    }
    if (this.#take('\\')) return escaped(this.#next());
    if (/[[.*+?{]/.test(this.#peek())) throw new NotExpandable();
    return append(this.#next());
  }

  #capture(): Part {
    const end = this.#pattern.indexOf('>', this.#at);
    const name = this.#pattern.slice(this.#at, end);
    this.#at = end + 1;
    for (let depth = 1; depth > 0;) {
      if (this.#at >= this.#pattern.length) throw new NotExpandable();
      const [token = ''] = /^(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^])/su.exec(this.#pattern.slice(this.#at)) ?? [];
      this.#at += token.length;
      if (token === '(') depth++;
      if (token === ')') depth--;
    }
    return append(`{${name}}`);
  }

  #peek(): string {
    return this.#pattern.charAt(this.#at);
  }

  #next(): string {
    return this.#pattern.charAt(this.#at++);
  }

  #take(text: string): boolean {
    const found = this.#pattern.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }
}

function escaped(character: string): Part {
  if (/^[AzbB]$/.test(character)) return nothing;
  if (/^[A-Za-z0-9]?$/.test(character)) throw new NotExpandable();
  return append(character);
}
