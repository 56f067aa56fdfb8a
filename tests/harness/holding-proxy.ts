import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { HeldCalls } from './litellm/held-calls.ts';
import { closeHTTPServer, listenOnLoopback } from './loopback-server.ts';

/** Passes requests on to a server, and holds those that it is told to, before the server hears of them and after. Dispose of it. */
export interface HoldingProxy extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly { readonly method: string; readonly path: string }[];
  readonly held: HeldCalls;
}

/** What a server answered, whole. */
export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Passes a request on to the server at `target`, an address without a slash at the end. Waits a minute for its answer. */
export async function forward(
  target: string,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
): Promise<ForwardedAnswer> {
  const answer = await fetch(target + url, {
    method,
    redirect: 'manual',
    headers: {
      authorization: headers.authorization ?? '',
      'content-type': headers['content-type'] ?? 'application/json',
    },
    signal: AbortSignal.timeout(60_000),
    ...(method === 'GET' ? {} : { body }),
  });
  const text = Buffer.from(await answer.arrayBuffer());
  return {
    status: answer.status,
    headers: {
      'content-type': answer.headers.get('content-type') ?? '',
      'content-length': String(text.byteLength),
      date: answer.headers.get('date') ?? new Date().toUTCString(),
    },
    body: text,
  };
}

/** Starts one on loopback before the server at `target`. */
export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  const requests: { readonly method: string; readonly path: string }[] = [];
  const held = new HeldCalls();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { method = 'GET', url = '/' } = request;
    const asked = { method, path: new URL(url, target).pathname };
    const call = requests.push(asked) - 1;
    if (!(await held.pass(call, 'before', asked))) return void response.destroy();
    const answer = await forward(target, request, body);
    if (!(await held.pass(call, 'after', asked))) return void response.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  return {
    url: `http://127.0.0.1:${await listenOnLoopback(server)}`,
    requests,
    held,
    async [Symbol.asyncDispose]() {
      held.clear();
      await closeHTTPServer(server);
    },
  };
}
