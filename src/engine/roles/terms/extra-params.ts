import { nearestName, shownName } from '../../../sdk/framework/unknown-fields.ts';
import { hasNegative } from '../../fields/json-text.ts';
import { freeMap } from '../../fields/json-values.ts';
import { type Term, term } from './term.ts';

/** What the engine chooses itself: another value would separate the key from its lease. */
const ownNames: ReadonlyMap<string, string> = new Map([
  ...['key', 'key_name', 'token', 'token_id'].map((name) => [name, 'the engine makes the key'] as const),
  ['key_alias', 'the engine makes the alias, from key_alias_prefix'],
  ...['duration', 'expires'].map((name) => [name, 'the lease decides that, by ttl and max_ttl'] as const),
  ...['blocked', 'spend'].map((name) => [name, 'a new key is not blocked and has spent nothing'] as const),
  ...['auto_rotate', 'rotation_interval'].map(
    (name) => [name, "LiteLLM would change the key's value behind the lease's back"] as const,
  ),
  ['send_invite_email', 'LiteLLM would send the key away by mail'],
]);

type Params = Readonly<Record<string, unknown>>;

/** Settings that no field has, by LiteLLM's names. `known` are the names of the fields. */
export const extraParamsTerm = (known: readonly string[]): Term<Params, 'extraParams'> =>
  term({
    type: freeMap('a map such as {"mcp_rpm_limit":{"github":10}}'),
    stored: 'extraParams',
    description:
      "Other settings of LiteLLM's /key/generate, in JSON, sent as they are: for what LiteLLM has and this engine does not know.",
    answeredIn: 'either',
    shown: false,
    check: (params) => firstRefusal(params, known),
    spread: (params) => params,
    warning: (params) =>
      Object.keys(params).length === 0
        ? undefined
        : 'extra_params are sent as they are, and LiteLLM says nothing of a name that it does not know: look at a key in LiteLLM to see whether they took effect',
  });

function firstRefusal(params: Params, known: readonly string[]): string | undefined {
  for (const [name, value] of Object.entries(params)) {
    const why = ownNames.get(name);
    if (why !== undefined) return `must not name "${name}": ${why}`;
    if (known.includes(name)) return `must not name "${name}", which is a field of its own: write it as that`;
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      const meant = nearestName(name, known);
      return `names ${shownName(name)}, and LiteLLM's names are small letters, digits and "_"${meant === undefined ? '' : `: did you mean the field ${meant}?`}`;
    }
    if ((typeof value === 'number' && value < 0) || (/limit|budget/.test(name) && hasNegative(value)))
      return `must have no negative number for ${shownName(name)}: LiteLLM would refuse every call`;
  }
  return undefined;
}
