import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { amount, duration } from '../fields/field-types.ts';
import { refuseUnstorable } from '../fields/json-text.ts';
import { labels, nameList } from '../fields/texts.ts';
import { checkLabel } from '../roles/check-role.ts';
import { countWildcards, mostWildcards } from '../roles/model-names.ts';
import type { RoleEntry } from '../roles/role-entry.ts';
import { coversModel } from './model-cover.ts';

/** What a caller may ask for: each less than the role gives. In the query of a read, or in the body of a write. */
export const askedFields = defineFields({
  ttl: {
    type: duration,
    description: "A shorter lease than the role's. One that is longer is cut to it, with a warning.",
    query: true,
  },
  models: { type: nameList, description: "Some of the role's models.", query: true },
  max_budget: { type: amount, description: "A lower budget than the role's, in US dollars.", query: true },
  metadata: {
    type: labels,
    description: "More metadata for the key, under names that the role's metadata does not have.",
    query: true,
  },
});

/** A key to issue, from a role or from less of it. */
export interface AskedKey {
  readonly roleName: string;
  /** The role, narrowed as the caller asked. */
  readonly role: RoleEntry;
  /** Seconds; the longest that the lease may be. */
  readonly ttl?: number;
}

/** What a caller asks of a role. Throws {@link UserMistake} if that is more than the role gives. */
export function askedKey(roleName: string, role: RoleEntry, data: FieldData<typeof askedFields>): AskedKey {
  const ttl = data.getOk('ttl');
  if (ttl === 0) throw new UserMistake('ttl must be at least 1 second: leave it out for the lease of the role');
  const models = data.getOk('models');
  const maxBudget = data.getOk('max_budget');
  const metadata = data.getOk('metadata');
  const narrowed = {
    ...(models === undefined ? {} : fewerModels(role, models)),
    ...(maxBudget === undefined ? {} : { maxBudget: lowerBudget(role, maxBudget) }),
    ...(metadata === undefined ? {} : { metadata: moreMetadata(role, metadata) }),
  };
  // The very entry if nothing is asked: its parameters are known already.
  const less = Object.keys(narrowed).length === 0 ? role : { ...role, ...narrowed };
  return { roleName, role: less, ...(ttl === undefined ? {} : { ttl }) };
}

/** LiteLLM's dynamic rate limiter reads this label: a role may give a key more of a model by it. */
const priorityLabel = 'priority';

type Reach = Pick<RoleEntry, 'models' | 'aliases' | 'accessGroupIds'>;

/** Keeps the aliases of these models alone, and no group: both reach models that `models` does not name. */
function fewerModels(role: RoleEntry, models: readonly string[]): Reach {
  if (models.length === 0 || models.includes('')) {
    throw new UserMistake('models must name at least one model, and no empty name: leave it out for those of the role');
  }
  const refusal = refuseUnstorable(models);
  if (refusal !== undefined) throw new UserMistake(`models ${refusal}`);
  if (models.some((model) => countWildcards(model) > mostWildcards && !role.models.includes(model))) {
    throw new UserMistake(
      `models must have at most ${mostWildcards} wildcards in a name: LiteLLM takes long to compare more`,
    );
  }
  if (!models.every((model) => coversModel(role, model))) {
    throw new UserMistake(
      `models must name some of the role's models and no other: they are ${shownModels(role.models)}`,
    );
  }
  const aliases = Object.entries(role.aliases ?? {}).filter(([, model]) => coversModel({ models }, model));
  return { models, aliases: Object.fromEntries(aliases), accessGroupIds: [] };
}

function lowerBudget(role: RoleEntry, maxBudget: number): number {
  if (role.maxBudget > 0 && (maxBudget === 0 || maxBudget > role.maxBudget)) {
    const what = maxBudget === 0 ? '0, which is no limit' : maxBudget;
    throw new UserMistake(`max_budget must be at most the role's, which is ${role.maxBudget}, and not ${what}`);
  }
  // LiteLLM holds a key to the budget's limit only if the key has none of its own.
  if (role.maxBudget === 0 && role.budgetId !== undefined && role.budgetId !== '') {
    throw new UserMistake(
      "max_budget cannot be asked of this role, whose keys have a budget of LiteLLM's (budget_id): one of their own would take its place, and could be higher",
    );
  }
  return maxBudget;
}

function moreMetadata(role: RoleEntry, metadata: RoleEntry['metadata']): RoleEntry['metadata'] {
  for (const label of Object.keys(metadata)) {
    checkLabel(label);
    if (label === priorityLabel) {
      throw new UserMistake(
        `metadata must not name "${label}": LiteLLM reads a key's share of a busy model from it: write it to the metadata of the role`,
      );
    }
    if (Object.hasOwn(role.metadata, label)) {
      throw new UserMistake("metadata must not name what the role's metadata has: give it other names");
    }
  }
  const refusal = refuseUnstorable(metadata);
  if (refusal !== undefined) throw new UserMistake(`metadata ${refusal}`);
  return { ...role.metadata, ...metadata };
}

function shownModels(models: readonly string[]): string {
  const most = 10;
  const more = models.length > most ? ` and ${models.length - most} more` : '';
  return `${models.slice(0, most).join(', ')}${more}`;
}
