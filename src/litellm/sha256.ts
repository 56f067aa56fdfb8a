import { createHash } from 'node:crypto';

/** The sha256 of a text in lower-case hex: the id under which LiteLLM stores a key. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
