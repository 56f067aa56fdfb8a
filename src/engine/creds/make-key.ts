import type { Client } from '../../litellm/client.ts';
import { LiteLLMError } from '../../litellm/error.ts';
import { hedged, type HedgeGate } from '../../litellm/hedge.ts';
import type { GeneratedKey, GenerateKeyRequest, GenerateOptions } from '../../litellm/key.ts';
import { isLost } from '../../litellm/repeat.ts';
import type { LeasedKey } from '../lease/leased-key.ts';

/** A key to make: the request to LiteLLM, and what its lease would remember. */
export interface NewKey {
  readonly request: GenerateKeyRequest;
  readonly leased: LeasedKey;
}

/** A key that LiteLLM made. */
export interface MadeKey extends NewKey {
  readonly generated: GeneratedKey;
  /** Its write-ahead entry, if there is one. */
  readonly entry?: string | undefined;
}

/** What to do about keys that may not exist, or are not wanted. */
export interface KeyLedger {
  /** Writes a write-ahead entry and gives its id; absent if none is wanted. */
  readonly remember?: (key: LeasedKey) => Promise<string>;
  readonly forget: (entry: string) => Promise<void>;
  /** Sees to the end of a key; `entry` is the one that it has already. Never throws. */
  readonly abandon: (key: LeasedKey, entry: string | undefined) => Promise<void>;
}

/** What making a key needs. */
export interface MakeKeyOptions {
  readonly client: Pick<Client, 'generateKey' | 'hedgeDelay'>;
  /** One for each mount. */
  readonly gate: HedgeGate;
  readonly ledger: KeyLedger;
  readonly signal: AbortSignal;
  /** Gives a key with a value and an alias of its own each time. */
  readonly newKey: () => NewKey;
}

/**
 * Makes a key. If the connection is lost, or LiteLLM stays silent for longer than it usually takes, asks once for a
 * second key with another value on a fresh connection: LiteLLM answers a value that it has with what was asked for, not
 * with what is stored. Abandons each key that it does not give back, before it returns. Throws a `LiteLLMError`, and
 * the ledger's error if an entry cannot be written.
 */
export async function makeKey({ client, gate, ledger, signal, newKey }: MakeKeyOptions): Promise<MadeKey> {
  const attempts: Attempt[] = [];
  const start = (how: HowToSend): Attempt => {
    const attempt = new Attempt(newKey(), how, client, ledger);
    attempts.push(attempt);
    return attempt;
  };
  const onCallerGone = (): void => {
    for (const attempt of attempts) attempt.abort();
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', onCallerGone, { once: true });
  let made: MadeKey | undefined;
  try {
    const first = start({ fresh: false });
    const again = (): Attempt => start({ fresh: true, extra: true });
    try {
      made = await hedged(first, { gate, delay: first.hedgeDelay, again, isAnswer });
    } catch (error) {
      if (!isLost(error) || attempts.length > 1 || signal.aborted) throw error;
      made = await start({ fresh: true }).answer;
    }
    return made;
  } finally {
    signal.removeEventListener('abort', onCallerGone);
    await Promise.all(attempts.map((attempt) => attempt.giveUpUnless(made)));
  }
}

function isAnswer(error: unknown): boolean {
  return !isLost(error);
}

type HowToSend = Omit<GenerateOptions, 'onSent'>;

/** One request for a key. */
class Attempt {
  readonly answer: Promise<MadeKey>;
  /** Resolves when the request goes out: the time before is not LiteLLM's silence. */
  readonly hedgeDelay: Promise<number | undefined>;
  readonly #key: NewKey;
  readonly #ledger: KeyLedger;
  readonly #controller = new AbortController();
  #entry: string | undefined;
  #sent = false;
  #givenUp: Promise<void> | undefined;

  constructor(key: NewKey, how: HowToSend, client: MakeKeyOptions['client'], ledger: KeyLedger) {
    this.#key = key;
    this.#ledger = ledger;
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    this.hedgeDelay = promise;
    this.answer = this.#make(client, { ...how, onSent: () => resolve(client.hedgeDelay()) });
    // At once: a process that ends while it makes another key must not forget this one.
    this.answer.catch(() => this.giveUpUnless(undefined));
  }

  abort(): void {
    this.#controller.abort();
  }

  /** Gives the attempt up, unless it made the key, and sees once to what it may have made. */
  async giveUpUnless(made: MadeKey | undefined): Promise<void> {
    if (made !== undefined && made.request === this.#key.request) return;
    await (this.#givenUp ??= this.#giveUp());
  }

  async #giveUp(): Promise<void> {
    this.abort();
    const mayExist = await this.answer.then(
      () => true,
      (error: unknown) => this.#sent && (error instanceof LiteLLMError ? error.outcomeUnknown : true),
    );
    if (mayExist) await this.#ledger.abandon(this.#key.leased, this.#entry);
    // If the entry stays, the rollback finds it out of date.
    else if (this.#entry !== undefined) await this.#ledger.forget(this.#entry).catch(() => undefined);
  }

  async #make(client: Pick<Client, 'generateKey'>, how: GenerateOptions): Promise<MadeKey> {
    const { signal } = this.#controller;
    if (this.#ledger.remember !== undefined) {
      this.#entry = await this.#ledger.remember(this.#key.leased);
      signal.throwIfAborted();
    }
    this.#sent = true;
    const generated = await client.generateKey(this.#key.request, signal, how);
    return { ...this.#key, generated, entry: this.#entry };
  }
}
