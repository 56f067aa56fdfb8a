import { Refusal, detail, proxyError, type JSONAnswer } from './refusal.ts';
import type { Fields } from './fields.ts';
import type { KeyTable } from './stored-key.ts';

/** A team, as far as its keys feel it. */
export interface Team {
  readonly models: readonly string[];
  readonly rpmLimit: number | null;
}

/** Teams and users of a server, by their ids. */
export class Owners {
  readonly teams = new Map<string, Team>();
  /** What each user is, in LiteLLM's word. */
  readonly users = new Map<string, string>();
  readonly budgets = new Set<string>();
  private readonly keys: KeyTable;
  private readonly now: () => Date;

  constructor(keys: KeyTable, now: () => Date) {
    this.keys = keys;
    this.now = now;
  }

  /** Throws what LiteLLM says of a key whose team is gone. */
  requireTeam(teamId: unknown): void {
    if (typeof teamId !== 'string' || this.teams.has(teamId)) return;
    const text = `Team doesn't exist in db. Team=${teamId}. Create team via \`/team/new\` call.`;
    throw proxyError(404, 'auth_error', 'None', `{'error': "${text}"}`);
  }

  newBudget(fields: Fields): JSONAnswer {
    const id = fields.string('budget_id') ?? crypto.randomUUID();
    this.budgets.add(id);
    return { status: 200, body: { budget_id: id } };
  }

  budgetInfo(fields: Fields): JSONAnswer {
    const ids = (fields.strings('budgets') ?? []).filter((id) => this.budgets.has(id));
    return { status: 200, body: ids.map((id) => ({ budget_id: id })) };
  }

  deleteBudget(fields: Fields): JSONAnswer {
    const id = fields.requiredString('id');
    this.budgets.delete(id);
    return { status: 200, body: { budget_id: id } };
  }

  newTeam(fields: Fields): JSONAnswer {
    const id = fields.string('team_id') ?? crypto.randomUUID();
    if (this.teams.has(id)) throw proxyError(400, 'auth_error', 'None', `{'error': 'Team id = ${id} already exists.'}`);
    this.teams.set(id, { models: fields.strings('models') ?? [], rpmLimit: fields.number('rpm_limit') });
    return { status: 200, body: { team_id: id } };
  }

  teamInfo(query: URLSearchParams): JSONAnswer {
    const id = query.get('team_id') ?? '';
    const team = this.teams.get(id);
    if (team === undefined) {
      throw proxyError(404, 'auth_error', 'None', `{'message': 'Team not found, passed team id: ${id}.'}`);
    }
    return { status: 200, body: { team_id: id, team_info: { team_id: id, models: team.models }, keys: [] } };
  }

  /** Takes the keys along. */
  deleteTeam(fields: Fields): JSONAnswer {
    const ids = fields.strings('team_ids') ?? [];
    for (const id of ids) {
      if (!this.teams.delete(id)) throw detail(404, `Team not found, passed team_id=${id}`);
    }
    this.deleteKeys((params) => ids.includes(String(params['team_id'])));
    return { status: 200, body: { deleted_teams: ids } };
  }

  newUser(fields: Fields): JSONAnswer {
    const id = fields.string('user_id') ?? crypto.randomUUID();
    if (this.users.has(id)) {
      throw proxyError(409, 'internal_server_error', null, `{'error': 'User with id ${id} already exists'}`);
    }
    const role = fields.string('user_role');
    this.users.set(id, role ?? 'internal_user');
    return { status: 200, body: { user_id: id, user_role: role, key: '' } };
  }

  userInfo(query: URLSearchParams): JSONAnswer {
    const id = query.get('user_id') ?? '';
    const role = this.users.get(id);
    if (role === undefined) {
      const error = { message: `User ${id} not found`, type: 'internal_server_error', param: null, code: '404' };
      throw new Refusal(404, { error });
    }
    const spend = this.keys
      .all()
      .filter(({ userId }) => userId === id)
      .reduce((sum, key) => sum + key.spend, 0);
    return { status: 200, body: { user_id: id, user_info: { user_id: id, user_role: role, spend }, keys: [] } };
  }

  /** Takes the keys along. */
  deleteUser(fields: Fields): JSONAnswer {
    const ids = fields.strings('user_ids') ?? [];
    for (const id of ids) this.users.delete(id);
    this.deleteKeys((params) => ids.includes(String(params['user_id'])));
    return { status: 200, body: ids.length };
  }

  private deleteKeys(belongs: (params: Readonly<Record<string, unknown>>) => boolean): void {
    for (const { tokenId, params } of this.keys.all()) if (belongs(params)) this.keys.delete(tokenId, this.now());
  }
}
