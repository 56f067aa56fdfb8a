import type { LiteLLM } from '../harness/litellm.ts';

/** How an instance is asked, again and again, whether it accepts a key. */
export interface WatchOptions {
  /** How long it is waited between an answer and the next question, in ms. */
  readonly pause: number;
  /** The key counts as refused for good after so many seconds without an acceptance; the revocation does not count. */
  readonly quiet: number;
  /** The watch ends after so many seconds, whatever the instance says. */
  readonly atMost: number;
}

/** The status of a harmless request with `key`, of a kind that every key for models may send. */
export async function use({ url }: LiteLLM, key: string): Promise<number> {
  const answer = await fetch(`${url}/v1/models`, {
    headers: { Authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(30_000),
  });
  await answer.text();
  return answer.status;
}

/**
 * Uses a key until it is refused for good. Gives how many seconds after `revoked` resolved the last request was sent that the
 * instance accepted; 0 where none was. It is the sending that counts: a busy machine answers late and makes nothing later.
 */
export async function lastAcceptance(
  litellm: LiteLLM,
  key: string,
  revoked: Promise<void>,
  { pause, quiet, atMost }: WatchOptions,
): Promise<number> {
  let revokedAt: number | undefined;
  void revoked.then(
    () => {
      revokedAt = performance.now();
    },
    () => undefined,
  );
  for (let last = 0; ;) {
    const since = revokedAt;
    const sent = performance.now();
    const status = await use(litellm, key);
    if (since === undefined) {
      // One that could not be revoked is the caller's to report.
      await Promise.race([revoked, Bun.sleep(pause)]);
      continue;
    }
    const seconds = (sent - since) / 1000;
    if (status === 200) last = seconds;
    if (seconds - last > quiet || seconds > atMost) return last;
    await Bun.sleep(pause);
  }
}
