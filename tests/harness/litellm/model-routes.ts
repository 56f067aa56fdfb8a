import { proxyError, Refusal, type JSONAnswer } from './refusal.ts';
import type { Caller } from './access.ts';
import type { RouteContext } from './routes.ts';
import type { StoredKey } from './stored-key.ts';

/** What a mocked call costs, in US dollars. */
const costOfACall = 0.000_01;

/** The answer of a mocked model. Source of the order of refusals: seen on a real proxy. */
export function chat(
  context: Pick<RouteContext, 'keys' | 'models' | 'owners' | 'rates' | 'now'>,
  caller: Caller,
  route: string,
  body: Readonly<Record<string, unknown>>,
): JSONAnswer {
  const { keys, models, owners, rates } = context;
  const now = context.now();
  const asked = typeof body['model'] === 'string' ? body['model'] : 'None';
  owners.requireTeam(caller.key?.params['team_id']);
  const model = aliasOf(caller.key, asked) ?? asked;
  const team = owners.teams.get(String(caller.key?.params['team_id']));
  const teamAllows = team === undefined || allows(team.models, model);
  const keyAllows = caller.key === undefined || allows(caller.key.models, model) || model !== asked;
  if (!keyAllows || !teamAllows) {
    const text = `The requested model '${model}' is not available for this API key, or the model name is invalid.`;
    const hint = 'Check the models available to you and try again.';
    throw proxyError(
      403,
      keyAllows ? 'team_model_access_denied' : 'key_model_access_denied',
      'model',
      `${text} ${hint}`,
    );
  }
  if (!models.includes(model)) {
    const message = `${route}: Invalid model name passed in model=${model}. Call \`/v1/models\` to view available models for your key.`;
    const error = { message, type: 'invalid_request_error', param: null, code: '400' };
    throw new Refusal(400, { error: { ...error, provider_specific_fields: { error: message } } });
  }
  if (!Array.isArray(body['messages'])) {
    throw proxyError(400, 'invalid_request_error', 'messages', `${route}: Missing required parameter: 'messages'.`);
  }
  if (caller.key?.metadata['enforced_params'] !== undefined) {
    throw proxyError(500, 'None', 'None', 'Enforced Params is an Enterprise feature.');
  }
  if (caller.key !== undefined) rates.take(caller.key, model, owners, now);
  if (caller.key !== undefined) keys.put({ ...caller.key, spend: caller.key.spend + costOfACall, lastActive: now });
  const message = { content: `Hello from the mocked ${model}.`, role: 'assistant' };
  return {
    status: 200,
    body: {
      id: `chatcmpl-${crypto.randomUUID()}`,
      created: Math.trunc(now.getTime() / 1000),
      model,
      object: 'chat.completion',
      choices: [{ finish_reason: 'stop', index: 0, message }],
      usage: { completion_tokens: 20, prompt_tokens: 10, total_tokens: 30 },
    },
  };
}

function aliasOf(key: StoredKey | undefined, model: string): string | undefined {
  const aliases = key?.params['aliases'];
  const other: unknown = typeof aliases === 'object' && aliases !== null ? Reflect.get(aliases, model) : undefined;
  return typeof other === 'string' ? other : undefined;
}

/** Reads the body of a chat call, which LiteLLM does before it looks at the key. */
export function readChatBody(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    throw proxyError(400, 'invalid_request_error', 'request_body', 'Invalid JSON payload: unexpected character');
  }
}

/** The models that a key names in full; a wildcard lists none. */
export function listModels(models: readonly string[], caller: Caller): JSONAnswer {
  const allowed = caller.key?.models ?? [];
  const every = allowed.length === 0 || allowed.includes('all-proxy-models');
  const shown = models.filter((model) => every || allowed.includes(model));
  const data = shown.map((id) => ({ id, object: 'model', created: 1_677_610_602, owned_by: 'openai' }));
  return { status: 200, body: { data, object: 'list' } };
}

/** Source: `is_model_allowed_by_pattern` in litellm/proxy/auth/auth_checks.py. */
function allows(allowed: readonly string[], model: string): boolean {
  if (allowed.length === 0 || allowed.includes('all-proxy-models') || allowed.includes(model)) return true;
  const patterns = allowed.filter((name) => name.includes('*')).map((name) => name.replaceAll('*', '.*'));
  return patterns.some((pattern) => new RegExp(`^${pattern}$`).test(model));
}
