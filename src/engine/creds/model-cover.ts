import { everyModel, everyModelOfTheTeam, readsAsMore } from '../roles/model-names.ts';
import type { RoleEntry } from '../roles/role-entry.ts';

/**
 * Whether a key of these models may call what one of this model alone may. A wildcard covers another one that fits it
 * as a text, unless LiteLLM reads more into that one.
 */
export function coversModel({ models, teamId }: Pick<RoleEntry, 'models' | 'teamId'>, model: string): boolean {
  if (models.length === 0) return true;
  return models.some((name) => {
    if (name === model || name === everyModel || name === '*') return true;
    // Whatever the key names, its team's models bound it.
    if (name === everyModelOfTheTeam) return teamId !== undefined && teamId !== '';
    return name.includes('*') && !readsAsMore(model) && fits(name.split('*'), model);
  });
}

/** Whether a text has the parts one after another, with anything between. Does not backtrack, whatever was sent. */
function fits(parts: readonly string[], text: string): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
