/** The names that a pattern captures, if the compiler knows it as a literal. */
export type CaptureNames<P extends string> = P extends `${string}(?P<${infer N}>${infer Rest}`
  ? N | CaptureNames<Rest>
  : never;

/**
 * Captures a name that is safe in a path: letters, digits, `_`, with `-` and `.` inside.
 * This and the others keep Go's spelling, which help texts and OpenAPI documents print.
 * Go: `GenericNameRegex` in sdk/framework/path.go.
 */
export function genericNameRegex<const N extends string>(name: N) {
  return String.raw`(?P<${name}>\w(([\w-.]+)?\w)?)` as `(?P<${N}>\\w(([\\w-.]+)?\\w)?)`;
}

/** As {@link genericNameRegex}, with `@` inside. Go: `GenericNameWithAtRegex`. */
export function genericNameWithAtRegex<const N extends string>(name: N) {
  return String.raw`(?P<${name}>\w(([\w-.@]+)?\w)?)` as `(?P<${N}>\\w(([\\w-.@]+)?\\w)?)`;
}

/** A slash and a name, or nothing. Go: `OptionalGenericNameRegex`. */
export function optionalGenericNameRegex<const N extends string>(name: N) {
  return String.raw`(/(?P<${name}>\w(([\w-.]+)?\w)?))?` as `(/(?P<${N}>\\w(([\\w-.]+)?\\w)?))?`;
}

/** A slash and whatever follows it, or nothing. Go: `OptionalParamRegex`. */
export function optionalParamRegex<const N extends string>(name: N) {
  return `(/(?P<${name}>.+))?` as `(/(?P<${N}>.+))?`;
}

/** Captures the rest of the path. Go: `MatchAllRegex`. */
export function matchAllRegex<const N extends string>(name: N) {
  return `(?P<${name}>.*)` as `(?P<${N}>.*)`;
}

/** A pattern that cannot be used: a mistake in a backend's declaration. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(pattern: string, reason: string, options?: ErrorOptions) {
    super(`the path pattern ${JSON.stringify(pattern)} cannot be used: ${reason}`, options);
  }
}

/** The pattern between `^` and `$`, unless it has them itself. Go: `Backend.init`. */
export function anchorPattern(pattern: string): string {
  return (pattern.startsWith('^') ? '' : '^') + pattern + (pattern.endsWith('$') ? '' : '$');
}

/**
 * The anchored regular expression of a pattern in Go's syntax, with Go's meaning: `\w`, `\d` and `\s` are ASCII, `.` is
 * all but a newline, a character is a code point. Throws a {@link PatternError} for what the two languages do not
 * share.
 */
export function compilePattern(pattern: string): RegExp {
  if (pattern === '') throw new PatternError(pattern, 'it is empty');
  let rewritten = '';
  let inClass = false;
  let previous = '';
  for (const [token] of anchorPattern(pattern).matchAll(/\\.|\(\?P<|\(\?<?[=!]?|\[\^?\]?|[^]/gsu)) {
    rewritten += inClass ? rewriteInClass(pattern, token, previous) : rewriteOutside(pattern, token);
    inClass = inClass ? token !== ']' : token.startsWith('[');
    previous = token;
  }
  try {
    return new RegExp(rewritten, 'u');
  } catch (cause) {
    throw new PatternError(pattern, 'it is not a regular expression that JavaScript shares with Go', { cause });
  }
}

/** What `\s` means in Go. */
const goSpace = String.raw`\t\n\f\r `;

/** What JavaScript spells differently. */
const rewrites: Readonly<Record<string, string>> = {
  '.': String.raw`[^\n]`,
  '(?P<': '(?<',
  [String.raw`\s`]: `[${goSpace}]`,
  [String.raw`\S`]: `[^${goSpace}]`,
  [String.raw`\A`]: '^',
  [String.raw`\z`]: '$',
  // Right after the opening, "]" is a member in Go and the end of the class in JavaScript.
  '[]': String.raw`[\]`,
  '[^]': String.raw`[^\]`,
};

function rewriteOutside(pattern: string, token: string): string {
  const rewritten = rewrites[token];
  if (rewritten !== undefined) return rewritten;
  if (/^\(\?<?[=!]$/.test(token)) throw new PatternError(pattern, 'Go has no look-around');
  // Go lets any punctuation be escaped, the u flag only that of the syntax.
  if (/^\\[!"#%&',:;<=>@_`~-]$/.test(token)) return token.slice(1);
  if (/^\\[wWdDbBntfrv^$\\.*+?()[\]{}|/]$/.test(token)) return token;
  return plain(pattern, token);
}

function rewriteInClass(pattern: string, token: string, previous: string): string {
  if (token === String.raw`\s`) return goSpace;
  // After a class of its own, "-" is a member in Go and an error under the u flag.
  if (token === '-' && /^\\[wWdDs]$/.test(previous)) return String.raw`\-`;
  if (/^\\[!"#%&',:;<=>@_`~]$/.test(token)) return token.slice(1);
  if (/^\\[wWdDntfrv^$\\.*+?()[\]{}|/-]$/.test(token)) return token;
  if (token.startsWith('[')) throw new PatternError(pattern, 'a "[" in a class must be escaped');
  return plain(pattern, token);
}

function plain(pattern: string, token: string): string {
  if (token.startsWith('\\')) throw new PatternError(pattern, `${JSON.stringify(token)} is not supported`);
  return token;
}
