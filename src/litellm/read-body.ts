import { UnexpectedAnswerError, type Call } from './error.ts';

/** 8 MB. No answer of LiteLLM's key API comes near this. */
const maxBodyBytes = 8 * 1024 * 1024;

/** The body of an answer as text, refused beyond `maxBodyBytes`; the caller closes the connection on that error. */
export async function readBody(response: Response, call: Call): Promise<string> {
  // Reading in one piece costs a third. A body without a length, or a compressed one, may be longer than it looks.
  if (isShort(response.headers)) return await response.text();
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString('utf8');
    length += value.byteLength;
    if (length > maxBodyBytes) {
      const reason = 'the answer is longer than 8 MB, and LiteLLM gives none of that length; check base_url';
      throw new UnexpectedAnswerError(call, response.status, reason);
    }
    chunks.push(value);
  }
}

function isShort(headers: Headers): boolean {
  const told = headers.get('content-length');
  return told !== null && /^\d+$/.test(told) && Number(told) <= maxBodyBytes && !headers.has('content-encoding');
}
