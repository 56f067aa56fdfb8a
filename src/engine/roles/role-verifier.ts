import type { Client } from '../../litellm/client.ts';
import { LiteLLMError } from '../../litellm/error.ts';
import { hasTemplate } from '../../sdk/framework/identity.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { translateUnverified } from '../fault/translate-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { termRows } from './key-terms.ts';
import { requireOwners } from './require-owners.ts';
import { isUnset } from './terms/term.ts';

/** What {@link RoleVerifier} needs. */
export interface RoleVerifierOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly clients: Pick<ClientSource, 'clientOf'>;
}

const skip = 'verify=false stores without asking';

/**
 * Asks LiteLLM about what it accepts unseen when it makes a key: a team that does not exist, whose keys refuse every
 * call, a user who is an administrator, settings that need a licence; and about a budget, of which it would say
 * nothing.
 */
export class RoleVerifier {
  readonly #options: RoleVerifierOptions;

  constructor(options: RoleVerifierOptions) {
    this.#options = options;
  }

  /**
   * Checks what a write names, and asks nothing if there is nothing to check. Gives warnings. Throws a `UserMistake` if
   * the role must not be stored, or nobody can be asked; a `CodedError` if that passes by itself.
   */
  async verify(req: Request, sent: ReadonlyMap<string, unknown>): Promise<readonly string[]> {
    const teamId = known(sent.get('team_id'));
    const userId = known(sent.get('user_id'));
    const budgetId = known(sent.get('budget_id'));
    const licensed = termRows.flatMap(([field, row]) => {
      const value = sent.get(field);
      if (isUnset(value)) return [];
      return row.edition === 'enterprise' || row.needsLicence?.(value) === true ? [field] : [];
    });
    const ids = Object.entries({ team_id: teamId, user_id: userId, budget_id: budgetId });
    const about = [...ids.flatMap(([field, id]) => (id === undefined ? [] : [field])), ...licensed];
    if (about.length === 0) return [];
    const config = await this.#options.configs.read(req.storage, configKey);
    if (config === undefined) {
      throw new UserMistake(
        `nothing was stored, since there is no configuration yet, so LiteLLM cannot be asked about ` +
          `${about.join(', ')}: write config first; ${skip}`,
      );
    }
    const client = this.#options.clients.clientOf(config);
    try {
      const [, , warnings] = await Promise.all([
        requireOwners(client, { teamId, userId }, { undone: 'nothing was stored', skip }, req.signal),
        budgetId === undefined ? undefined : requireBudget(client, budgetId, req.signal),
        licensed.length === 0 ? [] : requireLicence(client, licensed, config.verified?.edition, req.signal),
      ]);
      return warnings;
    } catch (error) {
      if (!(error instanceof LiteLLMError)) throw error;
      throw translateUnverified(error, `nothing was stored, since LiteLLM could not be asked (${skip})`);
    }
  }
}

/** An id to ask about: not empty, and not known only when a key is issued. */
function known(id: unknown): string | undefined {
  return typeof id === 'string' && id !== '' && !hasTemplate(id) ? id : undefined;
}

async function requireBudget(client: Client, budgetId: string, signal: AbortSignal): Promise<void> {
  if ((await client.hasBudget(budgetId, signal)) !== false) return;
  throw new UserMistake(
    `nothing was stored, since LiteLLM has no budget of this budget_id, and would make no key: write the id of one that ` +
      `exists (/budget/list), or make it (/budget/new); ${skip}`,
  );
}

async function requireLicence(
  client: Client,
  fields: readonly string[],
  learned: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const told = await client.edition(signal);
  if ((told ?? learned) === 'enterprise') return [];
  const what = `${fields.join(', ')} ${fields.length === 1 ? 'needs' : 'need'} a licence of LiteLLM`;
  // A key of the type `management`, as bootstrap makes it, may not ask; LiteLLM may have a licence since.
  if (told === undefined && learned !== undefined) {
    return [
      `${what}, and it had none when config was written: without one it makes no key, or one that refuses every call`,
    ];
  }
  if (told === undefined) return [`${what}, and this version does not tell whether it has one`];
  throw new UserMistake(
    `nothing was stored, since ${what}, and this one has none: it would make no key, or one that refuses every call. ` +
      `Leave the field out, or give LiteLLM a licence; ${skip}`,
  );
}
