const setting = (name: string): string => process.env[`BAO_${name}`] ?? process.env[`VAULT_${name}`] ?? '';

/** The engine answered with an error. */
class EngineError extends Error {
  readonly status: number;

  constructor(path: string, status: number, text: string) {
    super(`${path} was answered ${status}: ${text}`);
    this.status = status;
  }
}

interface Answer {
  readonly lease_id: string;
  readonly lease_duration: number;
  readonly data: { readonly key: string };
}

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${setting('ADDR')}/v1/${path}`, {
    method,
    headers: { 'X-Vault-Token': setting('TOKEN'), 'X-Vault-Request': 'true' },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new EngineError(path, answer.status, await answer.text());
  return (await answer.json()) as Answer;
}

/** A key of a role that is always alive: renewed in the background, and replaced before its lease ends for good. */
export class LeasedKey {
  readonly #creds: string;
  #key = '';
  #leaseId = '';
  /** A whole lease, in seconds. */
  #ttl = 0;
  /** When the lease ends, in milliseconds. */
  #ends = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(creds: string) {
    this.#creds = creds;
  }

  static async of(creds: string): Promise<LeasedKey> {
    const key = new LeasedKey(creds);
    await key.#read();
    key.#wait();
    return key;
  }

  /** The key of this moment. */
  get current(): string {
    return this.#key;
  }

  /** Stops renewing: the key ends with its lease. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    // The key before this one is left to its lease: a call that is under way ends well.
    const issued = await ask('GET', this.#creds);
    this.#leaseId = issued.lease_id;
    this.#ttl = issued.lease_duration;
    this.#ends = Date.now() + this.#ttl * 1000;
    this.#key = issued.data.key;
  }

  #wait(): void {
    this.#timer = setTimeout(() => void this.#keep(), Math.max((this.#ends - Date.now()) / 2, 200));
  }

  async #keep(): Promise<void> {
    try {
      await this.#renewOrRead();
    } catch (error) {
      // The engine is away for now: the key still lives, and there is time for another try.
      console.log(`leased-key: ${String(error)}`);
    }
    this.#wait();
  }

  async #renewOrRead(): Promise<void> {
    if (this.#ends - Date.now() < this.#ttl * 250) return this.#read();
    try {
      const renewed = await ask('PUT', 'sys/leases/renew', { lease_id: this.#leaseId, increment: this.#ttl });
      this.#ends = Date.now() + renewed.lease_duration * 1000;
      // It is near its max_ttl: what a renewal gives gets shorter and shorter.
      if (renewed.lease_duration < this.#ttl / 2) await this.#read();
    } catch (error) {
      if (!(error instanceof EngineError) || ![400, 403, 404].includes(error.status)) throw error;
      await this.#read();
    }
  }
}
