import { startLiteLLMServer, type LiteLLMServer } from '../../tests/harness/litellm-server.ts';
import { standInVersion, versionOf } from '../../tests/harness/litellm-version.ts';
import { objectOf, textOf, type Json } from './engine-api.ts';
import { environmentProxy, ProxyError, type Proxy } from './proxy.ts';
import { orAborted, until } from './until.ts';

/** A key as LiteLLM's administrator sees it. */
export interface StoredKey {
  readonly tokenId: string;
  readonly alias: string;
  /** When LiteLLM itself ends it; undefined for never. */
  readonly expires: Date | undefined;
}

/** A user of the stand-in whose keys are an administrator's. */
const standInAdmin = 'e2e-admin';

/** LiteLLM's own error, or that of whatever stands before it. */
export class LiteLLMHarnessError extends Error {
  override readonly name = 'LiteLLMHarnessError';

  readonly status: number;

  constructor(asked: string, status: number, text: string) {
    super(`${asked} was answered ${status}: ${text.slice(0, 300)}`);
    this.status = status;
  }
}

/** The LiteLLM that a suite runs against, and what its administrator can ask. */
export class LiteLLM {
  readonly url: string;
  readonly masterKey: string;
  /** The embedded stand-in; undefined where a real proxy is used. */
  readonly standIn: LiteLLMServer | undefined;

  constructor(url: string, masterKey: string, standIn?: LiteLLMServer) {
    this.url = url;
    this.masterKey = masterKey;
    this.standIn = standIn;
  }

  /** Two different models that the proxy offers. @throws LiteLLMHarnessError */
  async twoModels(): Promise<readonly [string, string]> {
    const { data } = await this.#ask('/v1/models');
    const names = (Array.isArray(data) ? data : []).map((model) => textOf(objectOf(model)['id']));
    const [first, second] = names.filter((name) => !name.includes('*'));
    if (first === undefined || second === undefined) {
      throw new LiteLLMHarnessError('/v1/models', 200, `fewer than two models: ${names.join(', ')}`);
    }
    return [first, second];
  }

  /** Its version; the one that the stand-in does as, where it is that. @throws NoVersionError */
  async version(): Promise<string> {
    return this.standIn === undefined ? versionOf(this.url) : standInVersion;
  }

  /** The keys whose alias contains `part`. Picked out here: before 1.90.0 LiteLLM finds whole aliases alone. @throws LiteLLMHarnessError */
  async keysLike(part: string): Promise<readonly StoredKey[]> {
    const found: StoredKey[] = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const { keys, total_pages: total } = await this.#ask(`/key/list?return_full_object=true&size=100&page=${page}`);
      found.push(...(Array.isArray(keys) ? keys : []).map(storedKeyOf).filter(({ alias }) => alias.includes(part)));
      pages = Number(total);
    }
    return found;
  }

  /** The status of a chat with `key`: 200, or what refuses it. */
  async chat(key: string, model: string): Promise<number> {
    return (await this.chatAnswer(key, model)).status;
  }

  /** A chat with `key`, and what came of it. */
  async chatAnswer(key: string, model: string): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: answer.status, text: await answer.text() };
  }

  /** The status of a request for its own data with `key`. */
  async ownInfo(key: string): Promise<number> {
    const answer = await fetch(`${this.url}/key/info`, {
      headers: { Authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(30_000),
    });
    await answer.text();
    return answer.status;
  }

  /** Makes an ordinary user. @throws LiteLLMHarnessError */
  async addUser(userId: string): Promise<void> {
    await this.#ask('/user/new', { user_id: userId, user_role: 'internal_user', auto_create_key: false });
  }

  /** Deletes a user, whose keys go along. @throws LiteLLMHarnessError */
  async deleteUser(userId: string): Promise<void> {
    await this.#ask('/user/delete', { user_ids: [userId] });
  }

  /** What the keys of a user have spent, in US dollars. @throws LiteLLMHarnessError */
  async spendOf(userId: string): Promise<number> {
    const { user_info: user } = await this.#ask(`/user/info?user_id=${encodeURIComponent(userId)}`);
    return Number(objectOf(user)['spend']);
  }

  /** What LiteLLM has of a key, by the key's hash. @throws LiteLLMHarnessError */
  async infoOf(tokenId: string): Promise<Readonly<Record<string, Json>>> {
    return objectOf((await this.#ask(`/key/info?key=${tokenId}`))['info']);
  }

  /** Lends a key of an administrator's, made with `fields` besides, and takes it and him away. @throws LiteLLMHarnessError */
  async withAdminKey(fields: Readonly<Record<string, unknown>>, use: (key: string) => Promise<void>): Promise<void> {
    const user = this.standIn === undefined ? `admin-${crypto.randomUUID()}` : standInAdmin;
    if (this.standIn === undefined) {
      await this.#ask('/user/new', { user_id: user, user_role: 'proxy_admin', auto_create_key: false });
    }
    const { key } = await this.#ask('/key/generate', { user_id: user, ...fields });
    try {
      await use(textOf(key));
    } finally {
      // Who uses it may have ended it.
      await this.#ask('/key/delete', { keys: [textOf(key)] }).catch((error: unknown) => {
        if (!(error instanceof LiteLLMHarnessError) || error.status !== 404) throw error;
      });
      if (this.standIn === undefined) await this.#ask('/user/delete', { user_ids: [user] });
    }
  }

  /** Stops the stand-in; a real proxy is somebody else's. */
  async stop(): Promise<void> {
    await this.standIn?.stop();
  }

  async #ask(path: string, body?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Json>>> {
    const answer = await fetch(this.url + path, {
      headers: { Authorization: `Bearer ${this.masterKey}`, 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new LiteLLMHarnessError(path, answer.status, text);
    return objectOf(JSON.parse(text) as Json);
  }
}

function storedKeyOf(entry: Json): StoredKey {
  const key = objectOf(entry);
  const expires = key['expires'];
  return {
    tokenId: textOf(key['token']),
    alias: typeof key['key_alias'] === 'string' ? key['key_alias'] : '',
    expires: typeof expires === 'string' ? new Date(expires) : undefined,
  };
}

/** The proxy that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name, or else an embedded stand-in. @throws ProxyError */
export async function startLiteLLM(): Promise<LiteLLM> {
  const proxy = environmentProxy();
  return proxy === undefined ? startStandIn() : new LiteLLM(proxy.url, proxy.masterKey);
}

/** An embedded stand-in, whatever the environment names. */
export async function startStandIn(): Promise<LiteLLM> {
  const server = await startLiteLLMServer({ adminUserIds: [standInAdmin] });
  return new LiteLLM(server.url, server.masterKey, server);
}

/**
 * A model of a LiteLLM that answers now or, where it was only just started, within some seconds.
 * @throws ProxyError, or the signal's reason
 */
export async function modelOf({ url, masterKey }: Proxy, signal: AbortSignal, seconds = 0): Promise<string> {
  const litellm = new LiteLLM(url, masterKey);
  const look = (): Promise<readonly [string, string]> => litellm.twoModels();
  try {
    const [model] = await orAborted(seconds === 0 ? look() : until('it answers', seconds, look, signal), signal);
    return model;
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProxyError(`${url} is no LiteLLM to use: ${reason.replaceAll(/\s+/g, ' ')}`);
  }
}
