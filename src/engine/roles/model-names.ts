/** LiteLLM's names for all its models, and for all models of the key's team. */
export const everyModel = 'all-proxy-models';
export const everyModelOfTheTeam = 'all-team-models';

/** The most wildcards in one name that LiteLLM compares in no time, whatever a call asks for. */
export const mostWildcards = 3;

/**
 * Whether LiteLLM may read a name as more models than its text says: as all that it has, or, if it has a wildcard, by
 * the rest of it. LiteLLM makes a regular expression of a wildcard and escapes nothing, so `a/x|*` is every model, and
 * many wildcards keep it busy.
 */
export function readsAsMore(model: string): boolean {
  if (model === everyModel || model === everyModelOfTheTeam) return true;
  const wildcards = countWildcards(model);
  return wildcards > mostWildcards || (wildcards > 0 && !/^[\w./:@ *-]*$/.test(model));
}

/** How many wildcards a name has. */
export function countWildcards(model: string): number {
  return model.split('*').length - 1;
}
