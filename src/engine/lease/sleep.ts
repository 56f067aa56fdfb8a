/** Waits. Rejects with the signal's reason when that aborts, at once if it has already. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** The machine's time. */
export const systemSleep: Sleep = async (milliseconds, signal) => {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const wake = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', wake, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', wake);
  }
};
