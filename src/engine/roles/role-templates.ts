import { askingOnce, hasTemplate, type IdentityView, populateIdentityTemplate } from '../../sdk/framework/identity.ts';
import { IdentityTemplateError } from '../../sdk/framework/identity-template-error.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { readAs } from '../fields/conversion.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { checkResolvedTerms } from './check-role.ts';
import { keyTerms, termValue } from './key-terms.ts';
import { countWildcards, readsAsMore } from './model-names.ts';
import { requireOwners } from './require-owners.ts';
import type { RoleEntry } from './role-entry.ts';
import { templatedRows, withTexts } from './templates.ts';
import { isUnset, type Term } from './terms/term.ts';

/** What {@link RoleTemplates} needs. */
export interface RoleTemplatesOptions {
  readonly system: IdentityView;
  readonly clients: Pick<ClientSource, 'clientFor'>;
}

const undone = 'no key was made';

/** Resolves a role's templates for whoever asks for a key. */
export class RoleTemplates {
  readonly #options: RoleTemplatesOptions;

  constructor(options: RoleTemplatesOptions) {
    this.#options = options;
  }

  /**
   * The role with its templates resolved; the same role if it has none. Throws a `UserMistake` for what cannot be
   * resolved, and for what the write of a role refuses. Asks LiteLLM now about an owner that a template names, and
   * about a user whose keys reach more than models; otherwise about nothing.
   */
  async resolved(req: Request, name: string, role: RoleEntry, config: ConfigEntry): Promise<RoleEntry> {
    const rows = templatedRows(role);
    const { clients } = this.#options;
    if (rows.length === 0) {
      // Maybe nobody asked at the write, and an ordinary user may be an administrator by now.
      if (hasReachingUser(role)) {
        await requireOwners(clients.clientFor(config), { userId: role.userId }, { undone }, req.signal);
      }
      return role;
    }
    const system = askingOnce(this.#options.system);
    const values = new Map<string, unknown>();
    for (const [field, row] of rows) {
      const value = await withTexts(termValue(role, row), async (text) => {
        if (!hasTemplate(text)) return text;
        const resolved = await populated(field, text, req, system, name);
        if (row === keyTerms.models) requireOneModel(text, resolved);
        return resolved;
      });
      values.set(row.stored, checkedValue(field, row, value));
    }
    const resolved: RoleEntry = { ...role, ...Object.fromEntries(values) };
    try {
      checkResolvedTerms(name, resolved);
    } catch (error) {
      if (!(error instanceof UserMistake)) throw error;
      throw new UserMistake(`${undone}. With its templates resolved, this role is refused: ${error.message}`, {
        cause: error,
      });
    }
    const owners = {
      teamId: values.has('teamId') ? resolved.teamId : undefined,
      userId: values.has('userId') || hasReachingUser(role) ? resolved.userId : undefined,
    };
    await requireOwners(clients.clientFor(config), owners, { undone }, req.signal);
    return resolved;
  }
}

async function populated(field: string, text: string, { entityId }: Request, system: IdentityView, role: string) {
  try {
    return await populateIdentityTemplate(text, entityId, system, { names: { role } });
  } catch (error) {
    if (!(error instanceof IdentityTemplateError)) throw error;
    throw new UserMistake(`${undone}: in ${field} of this role, ${error.message}`, { cause: error });
  }
}

/** Whether keys have a user and reach more than models: an administrator's would be administrators. */
function hasReachingUser({ keyType, userId }: RoleEntry): boolean {
  return keyType !== 'llm_api' && !isUnset(userId);
}

/** Only the role may write a wildcard: a value of an entity must not turn one model into several. */
function requireOneModel(text: string, resolved: string): void {
  const own = countWildcards(text.replaceAll(/\{\{.*?\}\}/gs, ''));
  if (countWildcards(resolved) <= own && !readsAsMore(resolved)) return;
  throw new UserMistake(
    `${undone}: with its templates resolved, models of this role would name more models than it says. A value that a ` +
      'template puts there must not be a wildcard or "all-proxy-models", nor have signs such as | beside a wildcard: change that value',
  );
}

/** A text that became empty is refused: a key would have no owner, and nobody said so. */
function checkedValue(field: string, row: Term<unknown>, value: unknown): unknown {
  const reading = value === '' ? { refusal: 'must not be an empty text' } : readAs(row.type, value);
  if ('value' in reading) return reading.value;
  throw new UserMistake(`${undone}: with its templates resolved, ${field} of this role ${reading.refusal}`);
}
