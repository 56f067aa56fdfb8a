import { hashKey } from './litellm/stored-key.ts';

/** Where a LiteLLM is, real or not. */
export interface ProxyAddress {
  readonly url: string;
  readonly masterKey: string;
}

/** An answer, its body read as JSON; of another one, `{ text }`. */
export interface SeenAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A key that a session made. */
export interface MadeKey {
  readonly key: string;
  readonly tokenId: string;
  readonly alias: string;
  readonly answer: SeenAnswer;
}

/**
 * Calls a proxy by hand, without the client. Its aliases and keys are its own, so that sessions on one
 * proxy do not meet; `close` deletes the keys, teams, users and budgets that it made.
 */
export class LiteLLMSession {
  readonly masterKey: string;
  /** A beginning for aliases that no other session uses. */
  readonly tag = `case-${crypto.randomUUID()}`;
  private readonly url: string;
  private readonly made: string[] = [];
  private readonly teams: string[] = [];
  private readonly users: string[] = [];
  private readonly budgets: string[] = [];

  constructor({ url, masterKey }: ProxyAddress) {
    this.url = url;
    this.masterKey = masterKey;
  }

  /** A key that was never used, shown as what it is. */
  newKey(): string {
    const key = `sk-test-not-a-real-key-${crypto.randomUUID()}`;
    this.made.push(key);
    return key;
  }

  async get(path: string, key = this.masterKey): Promise<SeenAnswer> {
    return this.send('GET', path, { authorization: `Bearer ${key}` });
  }

  async post(path: string, body: unknown, key = this.masterKey): Promise<SeenAnswer> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    return this.send('POST', path, headers, typeof body === 'string' ? body : JSON.stringify(body));
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<SeenAnswer> {
    // A connection for each: LiteLLM 1.80.0 closes one over which it broke down, and the next request would meet that.
    const init = {
      method,
      headers,
      keepalive: false,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    } as const;
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, body: bodyOf(text) };
  }

  /** Makes a key with a fresh value and alias; `fields` come on top. */
  async generate(fields: Readonly<Record<string, unknown>> = {}): Promise<MadeKey> {
    const key = this.newKey();
    const alias = `${this.tag}-${this.made.length}`;
    const answer = await this.post('/key/generate', { key, key_alias: alias, ...fields });
    return { key, tokenId: hashKey(key), alias, answer };
  }

  /** Makes a team, and gives its id. */
  async team(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = `${this.tag}-team-${this.teams.length}`;
    this.teams.push(id);
    await this.post('/team/new', { team_id: id, ...fields });
    return id;
  }

  /** Makes a user, and gives their id. */
  async user(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = `${this.tag}-user-${this.users.length}`;
    this.users.push(id);
    await this.post('/user/new', { user_id: id, auto_create_key: false, ...fields });
    return id;
  }

  /** Makes a budget, and gives its id. */
  async budget(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = `${this.tag}-budget-${this.budgets.length}`;
    this.budgets.push(id);
    await this.post('/budget/new', { budget_id: id, max_budget: 5, ...fields });
    return id;
  }

  async chat(key: string, model = 'gpt-4o', path = '/chat/completions'): Promise<SeenAnswer> {
    return this.post(path, { model, messages: [{ role: 'user', content: 'hello' }] }, key);
  }

  async info(tokenId: string): Promise<SeenAnswer> {
    return this.get(`/key/info?key=${tokenId}`);
  }

  /** Asks again and again until it is refused, and gives the refusal. */
  async untilRefused(ask: () => Promise<SeenAnswer>): Promise<SeenAnswer> {
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await ask();
      if (answer.status >= 300) return answer;
      await Bun.sleep(100);
    }
    throw new Error('it was never refused');
  }

  async close(): Promise<void> {
    for (const key of this.made) await this.post('/key/delete', { keys: [key] });
    for (const id of this.teams) await this.post('/team/delete', { team_ids: [id] });
    for (const id of this.budgets) await this.post('/budget/delete', { id });
    if (this.users.length > 0) await this.post('/user/delete', { user_ids: this.users });
  }
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
