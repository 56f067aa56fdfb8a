/**
 * What to do about a request that LiteLLM rejected. `grace` is the part of a duration on top of a lease, in seconds.
 */
export function adviceOn(message: string, grace = 0): string | undefined {
  if (message.includes('Custom API key values are disabled')) {
    return 'this engine chooses the keys itself: set disable_custom_api_keys to false in the general_settings of LiteLLM';
  }
  if (!message.includes('over max limit set in config')) return undefined;
  const raise = 'raise upperbound_key_generate_params in the litellm_settings of LiteLLM';
  const [, asked = '', most = ''] = /duration is over .*user_value=(\w+); max_value=(\w+)/.exec(message) ?? [];
  const [wanted, longest] = [secondsOf(asked), secondsOf(most)];
  if (wanted === undefined || longest === undefined) return `ask for less, or ${raise}`;
  const parts = `a lease of ${wanted - grace} s and the grace of ${grace} s were asked for, ${wanted} s in all`;
  if (longest <= grace) return `${parts}, and no lease fits into ${most}: ${raise}, or lower grace in config`;
  return `${parts}: the longest ttl that fits is ${longest - grace}s; set ttl to that at most, or ${raise}`;
}

/** LiteLLM's units. LiteLLM counts a month by the calendar; here it is the shortest one. */
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, mo: 28 * 86_400 };

function secondsOf(duration: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,12})(mo|[smhdw])$/.exec(duration) ?? [];
  const seconds = units[unit];
  return amount === undefined || seconds === undefined ? undefined : Number(amount) * seconds;
}
