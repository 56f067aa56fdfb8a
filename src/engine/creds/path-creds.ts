import { HedgeGate } from '../../litellm/hedge.ts';
import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { askedFields, askedKey } from './asked-key.ts';
import { issueKey, type IssueKeyOptions } from './issue-key.ts';
import { keyTerms, termFields } from '../roles/key-terms.ts';
import { type RoleEntry, rolePrefix } from '../roles/role-entry.ts';
import type { RoleTemplates } from '../roles/role-templates.ts';
import { roleNameField } from '../roles/role-name.ts';
import { keyFields } from '../lease/secret-key.ts';
import { operationPrefix } from '../fields/documentation.ts';
import { translateFault } from '../fault/translate-fault.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';

/** What this path reads from the storage, through the caches. */
export interface IssuingStores {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'readForIssuing'>;
  readonly roles: Pick<EntryStore<RoleEntry>, 'readForIssuing'>;
}

const credsFields = defineFields({
  name: roleNameField('Name of the role to issue a key from.'),
  ...askedFields,
});

const shownTerms = Object.entries(termFields(keyTerms)).filter(
  ([name]) => keyTerms[name as keyof typeof keyTerms].shown,
);

/** Issues keys. */
export const pathCreds = (
  stores: IssuingStores,
  templates: Pick<RoleTemplates, 'resolved'>,
  options: Omit<IssueKeyOptions, 'gate'>,
): Path => {
  const issuing = {
    callback: issue(stores, templates, { ...options, gate: new HedgeGate() }),
    responses: { 200: { description: 'A leased key.', fields: { ...keyFields, ...Object.fromEntries(shownTerms) } } },
    // It makes a key: a standby must forward it before it asks LiteLLM for anything.
    forwardPerformanceStandby: true,
    forwardPerformanceSecondary: true,
  };
  return definePath({
    pattern: `creds/${genericNameRegex('name')}`,
    fields: credsFields,
    operations: {
      read: { ...issuing, summary: 'Issue a key.', displayAttrs: { operationSuffix: 'credentials' } },
      update: {
        ...issuing,
        summary: 'Issue a key, with parameters in the body, which policies can see.',
        displayAttrs: { operationSuffix: 'credentials-with-parameters' },
      },
    },
    refusesUnknownFields: 'in reads too',
    displayAttrs: { operationPrefix, operationVerb: 'generate' },
    helpSynopsis: 'A new LiteLLM key, made from a role.',
    helpDescription:
      'Each read, and each write, makes a key on the LiteLLM proxy that lives as long as its lease: renewing the lease ' +
      'extends it, revoking the lease ends it. A caller may ask for less than the role gives, and never for more.',
  });
};

const issue =
  ({ configs, roles }: IssuingStores, templates: Pick<RoleTemplates, 'resolved'>, options: IssueKeyOptions) =>
  (req: Request, data: FieldData<typeof credsFields>) =>
    answeringMistakes(async () => {
      const name = data.get('name');
      const [config, role] = await Promise.all([
        configs.readForIssuing(req.storage, configKey),
        roles.readForIssuing(req.storage, rolePrefix + name),
      ]);
      if (config === undefined) {
        throw new UserMistake('there is no configuration yet: write base_url and master_key to config');
      }
      if (role === undefined)
        throw new UserMistake(
          `there is no role "${name}": write roles/${name}, or list roles/ to see those that exist`,
        );
      const own = await templates.resolved(req, name, role, config).catch((error: unknown) => {
        throw translateFault(error);
      });
      return await issueKey(req, askedKey(name, own, data), config, options);
    });
