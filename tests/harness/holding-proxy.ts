import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { HeldCalls } from './litellm/held-calls.ts';

/** Passes requests on to a server, and holds those that it is told to, before the server hears of them and after. Dispose of it. */
export interface HoldingProxy extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly { readonly method: string; readonly path: string }[];
  readonly held: HeldCalls;
}

/** Starts one on loopback before the server at `target`. */
export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  const requests: { readonly method: string; readonly path: string }[] = [];
  const held = new HeldCalls();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const { method = 'GET', url = '/' } = request;
    const asked = { method, path: new URL(url, target).pathname };
    const call = requests.push(asked) - 1;
    if (!(await held.pass(call, 'before', asked))) return void response.destroy();
    const answer = await fetch(target + url, {
      method,
      redirect: 'manual',
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': request.headers['content-type'] ?? 'application/json',
      },
      ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (!(await held.pass(call, 'after', asked))) return void response.destroy();
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      'content-length': String(body.byteLength),
      date: answer.headers.get('date') ?? new Date().toUTCString(),
    });
    response.end(body);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the holding proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    held,
    async [Symbol.asyncDispose]() {
      held.clear();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
