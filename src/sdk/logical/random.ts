/** Randomness, passed in so that a test can know it. */
export interface Random {
  /** As many unpredictable bytes as asked. */
  bytes(count: number): Uint8Array;
}

/** The operating system's generator. Go: `crypto/rand`. */
export const systemRandom: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
