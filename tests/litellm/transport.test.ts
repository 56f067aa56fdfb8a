import { describe, expect, test } from 'bun:test';
import {
  ConnectionError,
  RedirectRefusedError,
  RequestAbortedError,
  RequestTimeoutError,
  UnexpectedAnswerError,
} from '../../src/litellm/error.ts';
import { sha256 } from '../../src/litellm/sha256.ts';
import type { Fault } from '../harness/litellm/faults.ts';
import { startLiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, failureOf, newRequest, sharedServer } from './test-client.ts';

const server = await sharedServer();

interface FailureCase {
  readonly fault: Fault;
  readonly type: abstract new (...args: never[]) => Error;
  readonly says: string;
  readonly outcomeUnknown: boolean;
  /** Whether the key was made all the same. */
  readonly made: boolean;
  readonly status?: number;
  /** Seconds; short where the failure is to run into it. */
  readonly requestTimeout?: number;
}

const broken = { type: UnexpectedAnswerError, outcomeUnknown: true } as const;
const late = { type: RequestTimeoutError, outcomeUnknown: true, requestTimeout: 0.2 } as const;
const lost = { type: ConnectionError, outcomeUnknown: true } as const;
const redirected = { type: RedirectRefusedError, made: false } as const;
const failures: readonly FailureCase[] = [
  { fault: { kind: 'status' }, ...broken, says: 'LiteLLM answered 500', made: false, status: 500 },
  { fault: { kind: 'status', status: 503, body: '' }, ...broken, says: 'it answered 503', made: false, status: 503 },
  { fault: { kind: 'status', withEffect: true }, ...broken, says: '500', made: true, status: 500 },
  { fault: { kind: 'html' }, ...broken, says: '502 as text/html', made: false, status: 502 },
  { fault: { kind: 'html', status: 200 }, ...broken, says: 'is not JSON', made: false, status: 200 },
  { fault: { kind: 'nonsense' }, ...broken, says: 'key is missing', made: false, status: 200 },
  { fault: { kind: 'nonsense', body: '' }, ...broken, says: 'is not JSON', made: false, status: 200 },
  { fault: { kind: 'half-body' }, ...broken, says: 'broke off', made: true, status: 200 },
  { fault: { kind: 'slow-body' }, ...late, says: 'no whole answer within 0.2 s', made: true },
  { fault: { kind: 'hang' }, ...late, says: 'no answer within 0.2 s', made: false },
  { fault: { kind: 'hang-after-effect' }, ...late, says: 'no answer within 0.2 s', made: true },
  { fault: { kind: 'drop-before' }, ...lost, says: 'the connection was lost', made: false },
  { fault: { kind: 'drop-after-effect' }, ...lost, says: 'the connection was lost', made: true },
  ...[301, 302, 307, 308].map((status) => ({
    fault: { kind: 'redirect', status } as const,
    ...redirected,
    says: `it redirects (${status}) to`,
    outcomeUnknown: false,
    status,
  })),
  { fault: { kind: 'redirect', status: 303 }, ...redirected, says: '(303)', outcomeUnknown: true, status: 303 },
];

describe('a request that fails', () => {
  for (const { fault, type, says, outcomeUnknown, made, status, requestTimeout = 10 } of failures) {
    test(`${Object.values(fault).join(' ')} is a ${type.name}`, async () => {
      const request = newRequest();
      server.faults.next(fault);
      const before = server.requests.length;
      const error = await failureOf(clientOf(server, { requestTimeout }).generateKey(request));
      expect(error).toBeInstanceOf(type);
      expect(error.name).toBe(type.name);
      expect(error.outcomeUnknown).toBe(outcomeUnknown);
      expect(error.status).toBe(status);
      expect(error.message).toStartWith(`POST ${server.url}/key/generate: `);
      expect(error.message).toContain(says);
      expect(server.requests.length).toBe(before + 1);
      expect(server.keys.find(sha256(request.key)) !== undefined).toBe(made);
    });
  }

  test('nothing listens', async () => {
    const gone = await startLiteLLMServer();
    await gone.stop();
    const error = await failureOf(clientOf(gone).generateKey(newRequest()));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.outcomeUnknown).toBe(false);
    expect(error.message).toContain('nothing listens there');
  });

  test('the name does not exist', async () => {
    const nowhere = { url: 'http://no-such-host.invalid', masterKey: server.masterKey };
    const error = await failureOf(clientOf(nowhere).generateKey(newRequest()));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.outcomeUnknown).toBe(false);
    expect(error.message).toContain('cannot be resolved');
  });

  test('what answers is no HTTP', async () => {
    using other = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: { data: (socket) => void socket.end('SSH-2.0-test\r\n\r\n') },
    });
    const error = await failureOf(
      clientOf({ url: `http://127.0.0.1:${other.port}`, masterKey: server.masterKey }).verifyAdmin(),
    );
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.outcomeUnknown).toBe(true);
    expect(error.message).toContain('does not speak HTTP');
  });

  test('a base URL with a user and a password does not get into the message', async () => {
    const url = server.url.replace('//', '//user:pass-of-a-test@');
    server.faults.next({ kind: 'html' });
    const error = await failureOf(clientOf({ url, masterKey: server.masterKey }).generateKey(newRequest()));
    expect(Bun.inspect(error)).not.toContain('pass-of-a-test');
  });
});

describe('a redirect', () => {
  test('is not followed, and the key does not go to another host', async () => {
    const other = await startLiteLLMServer();
    try {
      for (const status of [301, 302, 303, 307, 308]) {
        server.faults.next({ kind: 'redirect', status, location: `${other.url}/key/generate?with=query` });
        const error = await failureOf(clientOf(server).generateKey(newRequest()));
        expect(error.message).toContain(`to ${other.url},`);
      }
      expect(other.requests).toEqual([]);
      expect(other.connections).toBe(0);
    } finally {
      await other.stop();
    }
  });

  test('does not carry secrets into the message', async () => {
    const location = `https://user:pass-of-a-test@${server.masterKey}.example/sk-test-not-a-real-key?k=v`;
    server.faults.next({ kind: 'redirect', location });
    const { message } = await failureOf(clientOf(server).verifyAdmin());
    expect(message).toContain('to https://[redacted]');
    for (const secret of ['pass-of-a-test', server.masterKey, 'k=v']) expect(message).not.toContain(secret);
  });
});

describe('the caller', () => {
  test('who has gone already is not answered, and nothing is sent', async () => {
    const before = server.requests.length;
    const error = await failureOf(clientOf(server).generateKey(newRequest(), AbortSignal.abort()));
    expect(error).toBeInstanceOf(RequestAbortedError);
    expect(error.outcomeUnknown).toBe(false);
    expect(server.requests.length).toBe(before);
  });

  for (const kind of ['hang-after-effect', 'slow-body'] as const) {
    test(`who goes during ${kind} gets the request given up`, async () => {
      server.faults.next({ kind });
      const controller = new AbortController();
      const handled = server.handled('/key/generate');
      const failure = failureOf(clientOf(server).generateKey(newRequest(), controller.signal));
      await handled;
      controller.abort();
      const error = await failure;
      expect(error).toBeInstanceOf(RequestAbortedError);
      expect(error.outcomeUnknown).toBe(true);
    });
  }
});

describe('an answer of many megabytes', () => {
  test('is refused', async () => {
    server.faults.next({ kind: 'nonsense', body: `"${'x'.repeat(9 * 1024 * 1024)}"` });
    const error = await failureOf(clientOf(server).generateKey(newRequest()));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error.message).toContain('longer than 8 MB');
  });

  test('is refused where it comes packed, and its length is told as that of a few kilobytes', async () => {
    const packed = Bun.gzipSync(Buffer.alloc(9 * 1024 * 1024, 'x'));
    await using proxy = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response(packed, { headers: { 'content-encoding': 'gzip' } }),
    });
    const error = await failureOf(clientOf({ url: proxy.url.origin, masterKey: server.masterKey }).verifyAdmin());
    expect(packed.length).toBeLessThan(100_000);
    expect(error.message).toContain('longer than 8 MB');
  });

  for (const status of [200, 500]) {
    test(`that never ends is given up, with ${status}`, async () => {
      const givenUp = Promise.withResolvers<void>();
      const endless = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        fetch: () =>
          new Response(
            new ReadableStream({
              pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
              cancel: () => givenUp.resolve(),
            }),
            { status },
          ),
      });
      try {
        const address = { url: endless.url.origin, masterKey: server.masterKey };
        const error = await failureOf(clientOf(address).generateKey(newRequest()));
        expect(error).toBeInstanceOf(UnexpectedAnswerError);
        expect(error.message).toContain('longer than 8 MB');
        await givenUp.promise;
      } finally {
        await endless.stop(true);
      }
    });
  }
});

describe('connections', () => {
  test('are kept for the next call', async () => {
    const fresh = await startLiteLLMServer();
    try {
      for (let calls = 0; calls < 5; calls += 1) await clientOf(fresh).generateKey(newRequest());
      expect(fresh.connections).toBe(1);
    } finally {
      await fresh.stop();
    }
  });

  test('that the proxy closed while they were idle do no harm to the next call', async () => {
    const fresh = await startLiteLLMServer();
    try {
      for (let calls = 0; calls < 5; calls += 1) {
        await clientOf(fresh).generateKey(newRequest());
        fresh.closeIdleConnections();
      }
      expect(fresh.requests.length).toBe(5);
      expect(fresh.keys.all().length).toBe(5);
    } finally {
      await fresh.stop();
    }
  });

  test('that break under /key/generate do not make it go out twice', async () => {
    const fresh = await startLiteLLMServer();
    try {
      await clientOf(fresh).generateKey(newRequest());
      fresh.faults.next({ kind: 'drop-after-effect' });
      expect(await failureOf(clientOf(fresh).generateKey(newRequest()))).toBeInstanceOf(ConnectionError);
      expect(fresh.requests.length).toBe(2);
    } finally {
      await fresh.stop();
    }
  });

  test('that were given up are not used again', async () => {
    const fresh = await startLiteLLMServer();
    try {
      fresh.faults.next({ kind: 'slow-body' });
      await failureOf(clientOf(fresh, { requestTimeout: 0.2 }).generateKey(newRequest()));
      await clientOf(fresh).generateKey(newRequest());
      expect(fresh.connections).toBe(2);
    } finally {
      await fresh.stop();
    }
  });
});
