import type { ProxyFault } from './faulty-proxy.ts';

/** A call about one key that came by the proxy. Times are milliseconds since 1970. */
export interface ProxyCall {
  readonly path: string;
  readonly arrived: number;
  /** The engine's id of the read that asked for a key, where this call makes one. */
  readonly requestId?: string;
  /** How it was made fail, where it was. */
  fault?: ProxyFault;
  /** What LiteLLM answered, and when; neither where it has not, or was not asked. */
  status?: number;
  done?: number;
  /** When the answer had gone out, or the connection was closed. */
  over?: number;
}

/** The calls about each key, by the sha256 of its value. */
export class ProxyCalls {
  readonly #byTokenId = new Map<string, ProxyCall[]>();

  readonly #byRequestId = new Map<string, ProxyCall[]>();

  /** Takes a call; one about no key is kept by nobody. */
  begin(url: string, body: Buffer): ProxyCall {
    const { tokenId, requestId } = about(url, body);
    const made = requestId === undefined ? {} : { requestId };
    const call: ProxyCall = { path: url.replace(/\?.*$/, ''), arrived: Date.now(), ...made };
    if (tokenId !== undefined) append(this.#byTokenId, tokenId, call);
    if (requestId !== undefined) append(this.#byRequestId, requestId, call);
    return call;
  }

  /** Those that were to make a key for the read with this id. */
  ofRead(requestId: string): readonly ProxyCall[] {
    return this.#byRequestId.get(requestId) ?? [];
  }

  /** In the order of their coming. */
  about(tokenId: string): readonly ProxyCall[] {
    return this.#byTokenId.get(tokenId) ?? [];
  }
}

interface Body {
  readonly key?: string;
  readonly keys?: readonly string[];
  readonly metadata?: { readonly vault_request_id?: string };
}

/** The key that a call is about, and the read that it makes one for. */
function about(
  url: string,
  body: Buffer,
): { readonly tokenId?: string | undefined; readonly requestId?: string | undefined } {
  if (!url.startsWith('/key/')) return {};
  if (body.byteLength === 0) return { tokenId: new URL(url, 'http://proxy').searchParams.get('key') ?? undefined };
  const { key, keys, metadata } = JSON.parse(body.toString('utf8')) as Body;
  const named = key ?? keys?.[0];
  const tokenId =
    named?.startsWith('sk-') === true ? new Bun.CryptoHasher('sha256').update(named).digest('hex') : named;
  return { tokenId, requestId: metadata?.vault_request_id };
}

function append<Value>(map: Map<string, Value[]>, name: string, value: Value): void {
  const values = map.get(name);
  if (values === undefined) map.set(name, [value]);
  else values.push(value);
}
