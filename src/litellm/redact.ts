/** How much of an external text goes into a message. */
const longest = 300;

/**
 * What looks like a key, or like the rest of one that was masked (`nosk****cdef`, `sk-...0000`). Each alternative
 * starts at the start of a word: tried at every letter, a long word would take quadratic time.
 */
const keyLike = /(?<![A-Za-z0-9])sk-[^\s"'`<>(){}[\],;]+|(?<![^\s"'`=])[^\s"'`=]*\*{3,}[^\s"'`]*/g;

/**
 * An external text, fit for a message or a log: one line of at most 300 characters, without control characters, the
 * given secrets and anything that looks like a key.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  for (const secret of longestFirst(secrets)) clean = clean.replaceAll(secret, '[redacted]');
  clean = clean.replace(keyLike, '[redacted]');
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

/** A secret that begins with another one goes first, or its end would stay. */
function longestFirst(secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length);
}
