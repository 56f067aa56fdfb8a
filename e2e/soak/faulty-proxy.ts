import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { forward, type ForwardedAnswer } from '../../tests/harness/holding-proxy.ts';
import { closeHTTPServer, listenOnLoopback } from '../../tests/harness/loopback-server.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * How a request through the proxy can go wrong. `error`, `html` and `nonsense` answer in LiteLLM's place, `half-body` gives half of
 * its answer, `reset` closes the connection, `hang` never answers; by chance, all of them with or without the request's effect.
 */
export const proxyFaults = ['slow', 'error', 'html', 'nonsense', 'half-body', 'reset', 'hang'] as const;
/** One of {@link proxyFaults}. */
export type ProxyFault = (typeof proxyFaults)[number];

/** A call that came by the proxy. Times are milliseconds since 1970. */
export interface ProxyCall {
  readonly path: string;
  readonly arrived: number;
  /** The sha256 of the key that it is about, where it is about one. */
  readonly tokenId?: string | undefined;
  /** The engine's id of the read that asked for a key, where this call makes one. */
  readonly requestId?: string | undefined;
  /** How it was made fail, where it was. */
  fault?: ProxyFault;
  /** What LiteLLM answered, and when; neither where it has not, or was not asked. */
  status?: number;
  done?: number;
  /** When the answer had gone out, or the connection was closed. */
  over?: number;
}

/** A proxy between the plugin and a LiteLLM, real or not, that fails when it is told to. Dispose of it. */
export class FaultyProxy implements AsyncDisposable {
  /** What came by, in that order. */
  readonly calls: ProxyCall[] = [];
  readonly #target: string;
  readonly #random: SeededRandom;
  #server: Server | undefined;
  #port = 0;
  #faults: readonly ProxyFault[] = [];
  #share = 0;

  private constructor(target: string, random: SeededRandom) {
    this.#target = target;
    this.#random = random;
  }

  /** Starts one before `target`, an address without a slash at the end. */
  static async start(target: string, random: SeededRandom): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, random);
    await proxy.open();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** From now on `share` of the requests fail in one of these ways. */
  disturb(faults: readonly ProxyFault[], share: number): void {
    this.#faults = faults;
    this.#share = share;
  }

  /** From now on nothing fails. */
  calm(): void {
    this.disturb([], 0);
  }

  /** Listens, again on the port that it had. */
  async open(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#port = await listenOnLoopback(this.#server, this.#port);
  }

  /** Ends all connections and refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await closeHTTPServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = request.url ?? '';
    const call: ProxyCall = { path: url.replace(/\?.*$/, ''), arrived: Date.now(), ...subjectOf(url, body) };
    this.calls.push(call);
    try {
      await this.#answer(request, body, response, call);
    } finally {
      call.over = Date.now();
    }
  }

  async #answer(request: IncomingMessage, body: Buffer, response: ServerResponse, call: ProxyCall): Promise<void> {
    const random = this.#random;
    const pass = async (): Promise<ForwardedAnswer> => {
      const answer = await forward(this.#target, request, body);
      call.status = answer.status;
      call.done = Date.now();
      return answer;
    };
    const fault = random.chance(this.#share) ? random.pick(this.#faults) : undefined;
    if (fault === undefined) return write(response, await pass());
    call.fault = fault;
    const early = random.chance(0.5);
    if (fault === 'slow') {
      const wait = random.between(100, 3000);
      if (early) await Bun.sleep(wait);
      const answer = await pass();
      if (!early) await Bun.sleep(wait);
      return write(response, answer);
    }
    const answer = early && fault !== 'half-body' ? undefined : await pass();
    switch (fault) {
      case 'error':
        return write(response, made(random.pick([500, 500, 503]), { error: { message: 'made to fail', type: 'x' } }));
      case 'html':
        return write(response, made(502, '<h1>Bad Gateway</h1>'));
      case 'nonsense':
        return write(response, made(200, { hello: 'world' }));
      case 'half-body':
        return write(response, answer ?? made(200, {}), 0.5);
      case 'hang':
        // The plugin gives up before the end of this.
        await Bun.sleep(20_000);
        break;
      case 'reset':
        break;
    }
    response.socket?.destroy();
  }
}

interface Body {
  readonly key?: string;
  readonly keys?: readonly string[];
  readonly metadata?: { readonly vault_request_id?: string };
}

/** The key that a call is about, and the read that it makes one for. */
function subjectOf(url: string, body: Buffer): Pick<ProxyCall, 'tokenId' | 'requestId'> {
  if (!url.startsWith('/key/')) return {};
  if (body.byteLength === 0) return { tokenId: new URL(url, 'http://proxy').searchParams.get('key') ?? undefined };
  const { key, keys, metadata } = JSON.parse(body.toString('utf8')) as Body;
  const named = key ?? keys?.[0];
  const tokenId =
    named?.startsWith('sk-') === true ? new Bun.CryptoHasher('sha256').update(named).digest('hex') : named;
  return { tokenId, requestId: metadata?.vault_request_id };
}

/** An answer in LiteLLM's place: a page, or JSON. */
function made(status: number, content: string | object): ForwardedAnswer {
  const [type, text] =
    typeof content === 'string' ? ['text/html', content] : ['application/json', JSON.stringify(content)];
  const body = Buffer.from(text);
  return { status, headers: { 'content-type': type, 'content-length': String(body.byteLength) }, body };
}

/** Answers with all of the body; or with a share of it, and then closes the connection. */
async function write(response: ServerResponse, { status, headers, body }: ForwardedAnswer, share = 1): Promise<void> {
  response.writeHead(status, headers);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    if (share === 1) response.end(body, () => resolve());
    else response.write(body.subarray(0, body.byteLength * share), () => setImmediate(resolve));
  });
  if (share < 1) response.socket?.destroy();
}
