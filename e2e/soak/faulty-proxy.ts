import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ProxyCall, ProxyCalls } from './proxy-calls.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * How a request through the proxy can go wrong. `error`, `html` and `nonsense` answer in LiteLLM's place, `half-body` gives half of
 * its answer, `reset` closes the connection, `hang` never answers; by chance, all of them with or without the request's effect.
 */
export const proxyFaults = ['slow', 'error', 'html', 'nonsense', 'half-body', 'reset', 'hang'] as const;
/** One of {@link proxyFaults}. */
export type ProxyFault = (typeof proxyFaults)[number];

interface Upstream {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A proxy between the plugin and a LiteLLM, real or not, that fails when it is told to. Dispose of it. */
export class FaultyProxy implements AsyncDisposable {
  /** What came by. */
  readonly calls = new ProxyCalls();
  readonly #target: string;
  readonly #random: SeededRandom;
  readonly #counts = new Map<ProxyFault, number>();
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

  /** How often each fault was made. */
  get counts(): ReadonlyMap<ProxyFault, number> {
    return this.#counts;
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
    const server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    this.#port = address.port;
  }

  /** Ends all connections and refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const call = this.calls.begin(request.url ?? '', body);
    try {
      await this.#answer(request, body, response, call);
    } finally {
      call.over = Date.now();
    }
  }

  async #answer(request: IncomingMessage, body: Buffer, response: ServerResponse, call: ProxyCall): Promise<void> {
    const random = this.#random;
    const fault = random.chance(this.#share) ? random.pick(this.#faults) : undefined;
    if (fault === undefined) return write(response, await this.#forward(request, body, call));
    call.fault = fault;
    this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + 1);
    const early = random.chance(0.5);
    if (fault === 'slow') {
      const wait = random.between(100, 3000);
      if (early) await Bun.sleep(wait);
      const answer = await this.#forward(request, body, call);
      if (!early) await Bun.sleep(wait);
      return write(response, answer);
    }
    const answer = early && fault !== 'half-body' ? undefined : await this.#forward(request, body, call);
    switch (fault) {
      case 'error':
        return write(response, json(random.pick([500, 500, 503]), { error: { message: 'made to fail', type: 'x' } }));
      case 'html':
        return write(response, { status: 502, contentType: 'text/html', body: Buffer.from('<h1>Bad Gateway</h1>') });
      case 'nonsense':
        return write(response, json(200, { hello: 'world' }));
      case 'half-body':
        return half(response, answer ?? json(200, {}));
      case 'reset':
        response.socket?.destroy();
        return undefined;
      case 'hang':
        // The plugin gives up before the end of this.
        await Bun.sleep(20_000);
        response.socket?.destroy();
        return undefined;
    }
  }

  async #forward(
    { url = '/', method = 'GET', headers }: IncomingMessage,
    body: Buffer,
    call: ProxyCall,
  ): Promise<Upstream> {
    const answer = await fetch(this.#target + url, {
      method,
      redirect: 'manual',
      headers: {
        authorization: headers.authorization ?? '',
        'content-type': headers['content-type'] ?? 'application/json',
      },
      signal: AbortSignal.timeout(60_000),
      ...(method === 'GET' ? {} : { body }),
    });
    const upstream = {
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      body: Buffer.from(await answer.arrayBuffer()),
    };
    call.status = answer.status;
    call.done = Date.now();
    return upstream;
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function json(status: number, body: unknown): Upstream {
  return { status, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
}

async function write(response: ServerResponse, { status, contentType, body }: Upstream): Promise<void> {
  response.writeHead(status, { 'content-type': contentType, 'content-length': String(body.byteLength) });
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(body, () => resolve());
  });
}

async function half(response: ServerResponse, { status, contentType, body }: Upstream): Promise<void> {
  response.writeHead(status, { 'content-type': contentType, 'content-length': String(body.byteLength) });
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.write(body.subarray(0, body.byteLength / 2), () => setImmediate(resolve));
  });
  response.socket?.destroy();
}
