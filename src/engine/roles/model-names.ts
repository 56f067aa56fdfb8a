/** LiteLLM's names for all models that it has, and for all of the key's team. */
export const everyModel = 'all-proxy-models';
export const everyModelOfTheTeam = 'all-team-models';

/** As many wildcards in one name as LiteLLM compares in no time, whatever a call asks for. */
export const mostWildcards = 3;

/**
 * Whether LiteLLM may take a name for more models than its text says: for all that it has, or, where there is a wildcard
 * in it, by the rest of it. It makes a regular expression of a wildcard and escapes nothing, so that `a/x|*` is every
 * model, and one of many wildcards keeps it busy.
 */
export function readsAsMore(model: string): boolean {
  if (model === everyModel || model === everyModelOfTheTeam) return true;
  const wildcards = countWildcards(model);
  return wildcards > mostWildcards || (wildcards > 0 && !/^[\w./:@ *-]*$/.test(model));
}

/** How many wildcards are in a name. */
export function countWildcards(model: string): number {
  return model.split('*').length - 1;
}
