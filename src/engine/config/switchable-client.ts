import type { Client } from '../../litellm/client.ts';

/**
 * A client that its holders keep while its key rotates: from one moment on another client sends its calls, and it tells
 * when those sent before are done.
 */
export class SwitchableClient {
  /** What the callers get. */
  readonly client: Client;
  #target: Client;
  readonly #underWay = new Set<Promise<unknown>>();
  #held: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(target: Client) {
    this.#target = target;
    this.client = new Proxy(target, {
      get: (_target, name): unknown => {
        const member: unknown = Reflect.get(this.#target, name);
        if (typeof member !== 'function' || name === 'hedgeDelay') return member;
        return (...args: readonly unknown[]): Promise<unknown> => this.#call(name, args);
      },
    });
  }

  /** Sends the calls from now on with this client. */
  switchTo(target: Client): void {
    this.#target = target;
  }

  /** Holds back every call from now on, until `release`. Gives a client that is not held back. */
  hold(): Client {
    if (this.#held === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#held = { over: promise, end: resolve };
    }
    return this.#target;
  }

  /** Lets the held calls go. */
  release(): void {
    this.#held?.end();
    this.#held = undefined;
  }

  /** Resolves when the calls under way now are done. Each ends by itself, since it has a timeout of its own. */
  async through(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #call(name: string | symbol, args: readonly unknown[]): Promise<unknown> {
    while (this.#held !== undefined) await this.#held.over;
    const method: unknown = Reflect.get(this.#target, name);
    if (typeof method !== 'function') throw new TypeError(`a client has no ${String(name)}`);
    const call = Promise.resolve(Reflect.apply(method, this.#target, args) as unknown);
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }
}
