import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import type { JSONAnswer } from './refusal.ts';

const json = 'application/json';

/**
 * Answers one request, as it should be or as the fault says. Resolves when everything that will ever be
 * done for it has been done.
 */
export async function respond(response: ServerResponse, perform: () => JSONAnswer, fault?: Fault): Promise<void> {
  if (fault === undefined) {
    const { status, body } = perform();
    return write(response, status, json, JSON.stringify(body));
  }
  if (fault.withEffect === true) perform();
  if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
  switch (fault.kind) {
    case 'status': {
      const status = fault.status ?? 500;
      const error = { message: 'Internal server error', type: 'internal_server_error', param: null, code: `${status}` };
      return write(response, status, fault.contentType ?? json, text(fault.body ?? { error }));
    }
    case 'html':
      return write(
        response,
        fault.status ?? 502,
        fault.contentType ?? 'text/html',
        text(fault.body ?? '<html><body><h1>Bad Gateway</h1></body></html>'),
      );
    case 'nonsense':
      return write(response, fault.status ?? 200, fault.contentType ?? json, text(fault.body ?? { hello: 'world' }));
    case 'redirect':
      response.setHeader('location', fault.location ?? '/elsewhere');
      return write(response, fault.status ?? 307, 'text/plain', '');
    case 'half-body':
      await begin(response, perform());
      response.socket?.destroy();
      return undefined;
    case 'slow-body':
      return begin(response, perform());
    case 'delay':
      await new Promise((resolve) => {
        setTimeout(resolve, fault.milliseconds ?? 100);
      });
      return respond(response, perform);
    case 'hang':
      return undefined;
    case 'hang-after-effect':
      perform();
      return undefined;
    case 'drop-before':
      response.socket?.destroy();
      return undefined;
    case 'drop-after-effect':
      perform();
      response.socket?.destroy();
      return undefined;
  }
}

async function write(response: ServerResponse, status: number, contentType: string, body: string): Promise<void> {
  response.writeHead(status, { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) });
  return new Promise((resolve) => {
    response.end(body, () => resolve());
  });
}

/** The head, and the first half of the body. */
async function begin(response: ServerResponse, { status, body }: JSONAnswer): Promise<void> {
  const whole = JSON.stringify(body);
  response.writeHead(status, { 'content-type': json, 'content-length': String(Buffer.byteLength(whole)) });
  return new Promise((resolve) => {
    response.write(whole.slice(0, whole.length / 2), () => setImmediate(resolve));
  });
}

function text(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
