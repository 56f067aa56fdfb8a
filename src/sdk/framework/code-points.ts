/** How many characters a text has: code points, as Go and LiteLLM count, and not the UTF-16 units of JavaScript. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}

/** A text of at most `limit` code points, cut with an ellipsis if it has more; no character is cut in two. */
export function cutCodePoints(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let end = 0;
  let count = 0;
  for (const character of text) {
    if (count === limit) return `${text.slice(0, end)}…`;
    count++;
    end += character.length;
  }
  return text;
}
