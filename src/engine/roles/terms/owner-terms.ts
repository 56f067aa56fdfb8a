import { id } from '../../fields/texts.ts';
import { term } from './term.ts';

/** On whose behalf a key calls, and who pays. */
export const ownerTerms = {
  team_id: term({
    type: id,
    stored: 'teamId',
    templates: true,
    description:
      'Team that a key belongs to: its models, budget and rates hold as well. LiteLLM is asked whether it exists.',
  }),
  user_id: term({
    type: id,
    stored: 'userId',
    templates: true,
    description:
      'User that a key belongs to and whose spend it counts as. LiteLLM is asked whether it exists; an ' +
      "administrator is refused, since the keys would be an administrator's.",
  }),
  agent_id: term({ type: id, stored: 'agentId', description: 'Agent that a key belongs to.' }),
  organization_id: term({
    type: id,
    stored: 'organizationId',
    description: 'Organization that a key belongs to. LiteLLM makes no key for one that does not exist.',
  }),
  project_id: term({
    type: id,
    stored: 'projectId',
    description: 'Project that a key belongs to. LiteLLM makes no key for one that does not exist.',
  }),
} as const;
