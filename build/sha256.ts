/** The SHA-256 of some bytes, in hexadecimal digits. */
export const sha256Of = (bytes: Uint8Array): string => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
