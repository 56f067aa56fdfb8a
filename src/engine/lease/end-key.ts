import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { isDeleted, type KeyEnd, KeyOnProxy } from './key-on-proxy.ts';
import type { Sleep } from './sleep.ts';
import { isYoung } from './young-key.ts';

/** Milliseconds between the two rounds: an instance that was reading the key when it was blocked is done by then. */
export const betweenRoundsMs = 500;

/** What ending a key needs. */
export interface EndKeyOptions {
  readonly clients: Pick<ClientSource, 'clientFor'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/** A key to end, with or without a lease. */
export interface KeyToEnd {
  /** Its sha256 in hex. */
  readonly tokenId: string;
  readonly keyAlias: string;
  /** The address of the proxy that it was made on. */
  readonly proxy: string;
  /** LiteLLM refuses it by itself after this moment; absent: never. */
  readonly latestExpiry?: Date | undefined;
}

/** The proxy that a key lives on is no longer configured, so nobody can tell whether the key still works there. */
export class KeyOutOfReachError extends Error {
  override readonly name = 'KeyOutOfReachError';
}

/** What is left to do once a key is refused: the second round. Throws if it cannot tell that the key is deleted. */
export type SecondRound = (signal?: AbortSignal) => Promise<void>;

/**
 * Has a key refused on the proxy that made it, and gives what is left to do, if anything. Throws if it cannot tell that
 * the key is refused from now on. If that proxy is no longer configured, the key counts as gone once LiteLLM's own
 * expiry has passed. With `issueTime`, LiteLLM's "no such key" is not believed of a young key.
 */
export async function beginEndOfKey(
  key: KeyToEnd,
  config: ConfigEntry | undefined,
  { clients, clock, sleep, logger }: EndKeyOptions,
  { issueTime, signal }: { readonly issueTime?: Date | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<KeyEnd | SecondRound> {
  const elsewhere = config?.baseURL !== key.proxy;
  if (elsewhere && key.latestExpiry !== undefined && clock.now() > key.latestExpiry) return 'already gone';
  if (config === undefined) {
    throw new KeyOutOfReachError(
      `the key "${key.keyAlias}" lives on ${key.proxy}, and there is no configuration to reach it with: write config again`,
    );
  }
  const client = clients.clientFor(config);
  const proxy = new KeyOnProxy({ client, key, young: !elsewhere && isYoung(issueTime, clock), sleep, logger });
  const end = await proxy.refuse(signal);
  if (end === 'blocked') return (later) => proxy.finish(later);
  if (end === 'already gone' && elsewhere && !(await isDeleted(client, key.tokenId, false, signal))) {
    const wait =
      key.latestExpiry === undefined ? '' : `, or wait until it expires at ${key.latestExpiry.toISOString()}`;
    throw new KeyOutOfReachError(`${movedAway(key, config)}: delete it there${wait}`);
  }
  return end;
}

/** Ends a key in both rounds; otherwise like {@link beginEndOfKey}. */
export async function endKey(
  key: KeyToEnd,
  config: ConfigEntry | undefined,
  options: EndKeyOptions,
  signal?: AbortSignal,
): Promise<KeyEnd> {
  const begun = await beginEndOfKey(key, config, options, { signal });
  if (typeof begun === 'string') return begun;
  await options.sleep(betweenRoundsMs, signal);
  await begun(signal);
  return 'ended';
}

/** Says that the configuration names another proxy than the one that made a key. */
export function movedAway(key: Pick<KeyToEnd, 'keyAlias' | 'proxy'>, config: ConfigEntry): string {
  return `the key "${key.keyAlias}" was made on ${key.proxy}, and ${config.baseURL}, which config names now, does not know it`;
}
