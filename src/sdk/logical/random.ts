/** Randomness, passed in so that a test can set it. */
export interface Random {
  /** So many unpredictable bytes. */
  bytes(count: number): Uint8Array;
}

/** The operating system's generator. Go: `crypto/rand`. */
export const systemRandom: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
