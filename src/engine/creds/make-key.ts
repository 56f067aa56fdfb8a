import type { Client } from '../../litellm/client.ts';
import { LiteLLMError } from '../../litellm/error.ts';
import { hedged, type HedgeGate } from '../../litellm/hedge.ts';
import type { GeneratedKey, GenerateKeyRequest, GenerateOptions } from '../../litellm/key.ts';
import { isLost } from '../../litellm/repeat.ts';
import type { LeasedKey } from '../lease/leased-key.ts';

/** A key to make: what LiteLLM is asked for, and what a lease would remember of it. */
export interface NewKey {
  readonly request: GenerateKeyRequest;
  readonly leased: LeasedKey;
}

/** A key that LiteLLM made. */
export interface MadeKey extends NewKey {
  readonly generated: GeneratedKey;
  /** Its write-ahead entry, where there is one. */
  readonly entry?: string | undefined;
}

/** What is done about keys of which it is not known, or not wanted, that they exist. */
export interface KeyLedger {
  /** Writes a write-ahead entry and gives its id; left out where none is wanted. */
  readonly remember?: (key: LeasedKey) => Promise<string>;
  readonly forget: (entry: string) => Promise<void>;
  /** Sees to the end of a key; the entry is the one it has already. Never throws. */
  readonly abandon: (key: LeasedKey, entry: string | undefined) => Promise<void>;
}

/** What making a key needs. */
export interface MakeKeyOptions {
  readonly client: Pick<Client, 'generateKey' | 'hedgeDelay'>;
  /** One for a mount. */
  readonly gate: HedgeGate;
  readonly ledger: KeyLedger;
  readonly signal: AbortSignal;
  /** Gives a key with a value and an alias of its own each time. */
  readonly newKey: () => NewKey;
}

/**
 * Makes a key. Where the connection was lost under the request, or stays silent for longer than LiteLLM takes to answer, a
 * second key with another value is asked for on a fresh connection, once: the same value a second time would be answered
 * with what was asked for and not with what is stored. What was asked for and is not given back is abandoned before this
 * returns. Throws a `LiteLLMError`, and what the ledger throws of an entry that could not be written.
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
  /** Resolves when the request goes out: what is done and waited for before is no silence of LiteLLM. */
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
    // At once: a process that ends while another key is being made must not forget this one.
    this.answer.catch(() => this.giveUpUnless(undefined));
  }

  abort(): void {
    this.#controller.abort();
  }

  /** Gives the attempt up, unless the key that was made is its own, and sees to what it may have made, once. */
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
    // One that stays is found out of date by the rollback.
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
