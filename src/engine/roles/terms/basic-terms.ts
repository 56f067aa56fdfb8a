import * as v from 'valibot';
import { amount, text } from '../../fields/field-types.ts';
import { labels, nameList, oneOf } from '../../fields/texts.ts';
import { keyTypes, termDefaults } from '../base-terms.ts';
import { keyMetadataPrefix } from '../key-metadata.ts';
import { term } from './term.ts';

/** valibot's own record leaves out `constructor` and the like, which are names like any other here. */
const texts = v.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string'),
);

/** What every key gets. */
export const basicTerms = {
  models: term({
    type: nameList,
    stored: 'models',
    description: 'Models that a key may call, wildcards allowed. Empty allows all.',
    templates: true,
    default: [],
    storedAs: v.array(v.string()),
    mustBeStored: true,
  }),
  max_budget: term({
    type: amount,
    stored: 'maxBudget',
    description: 'What a key may spend, in US dollars. 0 is no limit.',
    default: 0,
    storedAs: v.pipe(v.number(), v.finite(), v.minValue(0)),
    mustBeStored: true,
  }),
  key_alias_prefix: term({
    type: text,
    stored: 'keyAliasPrefix',
    description: "What the alias of every key begins with; the role's name and a random part follow.",
    templates: true,
    default: termDefaults.keyAliasPrefix as string,
    storedAs: v.string(),
    answeredIn: 'nowhere',
    shown: false,
    sent: () => undefined,
  }),
  metadata: term({
    type: labels,
    stored: 'metadata',
    description: `Texts that every key carries. Names must not begin with ${keyMetadataPrefix}, nor be settings of LiteLLM.`,
    templates: true,
    default: {},
    storedAs: texts,
    answeredIn: 'nowhere',
    shown: false,
    // The engine sends it, with what it adds.
    sent: () => undefined,
  }),
  key_type: term({
    type: oneOf(keyTypes),
    stored: 'keyType',
    description:
      'What a key reaches. llm_api: models only. default: what an ordinary key reaches. management: keys, users and teams, as ' +
      'far as its user may, and no models. read_only: reads of those, and no models.',
    allowedValues: keyTypes,
    default: termDefaults.keyType,
    storedAs: v.picklist(keyTypes),
    answeredIn: 'nowhere',
    shown: false,
  }),
} as const;
