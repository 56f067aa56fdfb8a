import { countCodePoints } from './code-points.ts';

/** How many names a message has. */
const most = 5;

/**
 * Says that a request names fields that do not exist, and which may have been meant. `sent` is what was named, `known`
 * what exists.
 */
export function describeUnknownFields(sent: readonly string[], known: readonly string[]): string {
  const told = sent.slice(0, most).map((name) => {
    const meant = nearestName(name, known);
    return meant === undefined ? shownName(name) : `${shownName(name)} (did you mean ${meant}?)`;
  });
  const more = sent.length > most ? ` and ${sent.length - most} more` : '';
  const what = sent.length === 1 ? 'there is no field' : 'there are no fields';
  const there = known.length === 0 ? 'this path has none' : `the fields are ${known.join(', ')}`;
  return `nothing was done, since ${what} ${told.join(', ')}${more}: ${there}`;
}

/**
 * A name as a message may show it: only the length of one that is long or may be a key, pasted where a name belongs.
 */
export function shownName(name: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_.-]{0,39}$/.test(name);
  return plain && !mayBeKey(name) ? `"${name}"` : `a name of ${countCodePoints(name)} characters`;
}

/** Whether a text looks like a key or a token, or has a part that looks random. */
export function mayBeKey(text: string): boolean {
  const runs = text.match(/[A-Za-z0-9]{12,}/g) ?? [];
  const random = runs.some((run) => run.length > 24 || /[0-9]/.test(run));
  return random || /(?:^|[^a-z])sk-|^(?:hv[sbr]|[sb])\./i.test(text);
}

/** The known name that was probably meant; undefined if none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const longest = Math.max(0, ...known.map((candidate) => candidate.length));
  if (name.length > 2 * longest) return undefined;
  const wanted = normalized(name);
  const ranked = known
    .map((candidate) => ({ candidate, edits: editsBetween(wanted, normalized(candidate)) }))
    .toSorted((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.ceil(best.candidate.length / 4) ? best.candidate : undefined;
}

/** `maxBudget` and `max-budget` are `max_budget`. */
function normalized(name: string): string {
  return name
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toLowerCase()
    .replaceAll(/[-. ]/g, '_');
}

/** How many letters to insert, remove, replace or swap with the next to make one text the other. */
function editsBetween(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
