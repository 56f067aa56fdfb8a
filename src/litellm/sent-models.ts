import { parseJSON } from './rejection.ts';

/** The models that a key was asked for, as LiteLLM repeats them in its answer: thousands maybe, and most often the very same text. */
export interface SentModels {
  readonly names: readonly string[];
  /** Name and value, as they stand in a JSON object. */
  readonly member: string;
}

/** An answer to a request for a key, read but not checked. */
export interface ReadAnswer {
  readonly json: unknown;
  /** The models that were sent, where the answer repeats them: `json` is without them then. */
  readonly models?: readonly string[];
}

const name = '"models":';
/** What stands in for models while the rest is read. LiteLLM never answers a text there. */
const asSent = 'models as they were sent';

/** The models of a request, where it has a list of texts. */
export function sentModels(models: unknown): SentModels | undefined {
  if (!Array.isArray(models) || models.length === 0) return undefined;
  const names: readonly unknown[] = models;
  return names.every((model) => typeof model === 'string')
    ? { names, member: name + JSON.stringify(names) }
    : undefined;
}

/**
 * Reads an answer. Where it repeats the models as they were sent they are neither parsed nor left to be checked, which would take
 * most of the time that a key of thousands costs.
 */
export function readAnswer(text: string, sent: SentModels | undefined): ReadAnswer {
  const at = sent === undefined ? -1 : placeOf(sent.member, text);
  if (sent !== undefined && at >= 0) {
    const rest = `${text.slice(0, at)}${name}"${asSent}"${text.slice(at + sent.member.length)}`;
    const json = parseJSON(rest);
    // They may stand somewhere deeper instead, and something else where they belong.
    if (typeof json === 'object' && json !== null && 'models' in json && json.models === asSent) {
      json.models = null;
      return { json, models: sent.names };
    }
  }
  return { json: parseJSON(text) };
}

/** Where a member stands first, or -1. Its name is looked for: to look for a long text takes long. */
function placeOf(member: string, text: string): number {
  let at = text.indexOf(name);
  while (at >= 0 && !text.startsWith(member, at)) at = text.indexOf(name, at + name.length);
  return at;
}
