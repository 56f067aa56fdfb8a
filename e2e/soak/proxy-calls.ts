import type { ProxyFault } from './faulty-proxy.ts';

/** A call about one key that came by the proxy. Times are milliseconds since 1970. */
export interface ProxyCall {
  readonly path: string;
  readonly arrived: number;
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

  /** Takes a call; one about no key is kept by nobody. */
  begin(url: string, body: Buffer): ProxyCall {
    const call: ProxyCall = { path: url.replace(/\?.*$/, ''), arrived: Date.now() };
    const tokenId = tokenIdOf(url, body);
    if (tokenId === undefined) return call;
    const calls = this.#byTokenId.get(tokenId);
    if (calls === undefined) this.#byTokenId.set(tokenId, [call]);
    else calls.push(call);
    return call;
  }

  /** In the order of their coming. */
  about(tokenId: string): readonly ProxyCall[] {
    return this.#byTokenId.get(tokenId) ?? [];
  }
}

function tokenIdOf(url: string, body: Buffer): string | undefined {
  if (!url.startsWith('/key/')) return undefined;
  if (body.byteLength === 0) return new URL(url, 'http://proxy').searchParams.get('key') ?? undefined;
  const { key, keys } = JSON.parse(body.toString('utf8')) as { readonly key?: string; readonly keys?: string[] };
  const named = key ?? keys?.[0];
  return named?.startsWith('sk-') === true ? new Bun.CryptoHasher('sha256').update(named).digest('hex') : named;
}
