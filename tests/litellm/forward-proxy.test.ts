import { describe, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

// The environment of this process is shared by all tests: the client runs in another one.

/** A forward proxy that refuses whatever it is asked for; gives its address and the first lines that it got. */
async function startRefusingProxy(status: string): Promise<{ server: Server; url: string; asked: string[] }> {
  const asked: string[] = [];
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      asked.push(data.toString().split('\r\n', 1)[0] ?? '');
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the forward proxy has no port');
  return { server: proxy, url: `http://user:pass-of-a-test@127.0.0.1:${address.port}`, asked };
}

describe('a forward proxy', () => {
  for (const { status, base, asked, says } of [
    {
      status: '407 Proxy Authentication Required',
      base: 'https://litellm.invalid',
      asked: 'CONNECT litellm.invalid:443 HTTP/1.1',
      says: 'refuses to connect to it with 407 (ERR_PROXY_TUNNEL); give HTTPS_PROXY the user and password',
    },
    {
      status: '403 Forbidden',
      base: 'https://litellm.invalid',
      asked: 'CONNECT litellm.invalid:443 HTTP/1.1',
      says: 'refuses to connect to it with 403 (ERR_PROXY_TUNNEL)',
    },
    {
      status: '407 Proxy Authentication Required',
      base: 'http://litellm.invalid',
      asked: 'POST http://litellm.invalid/key/generate HTTP/1.1',
      says: 'HTTP_PROXY names wants a user and a password',
    },
  ]) {
    test(`that answers ${status} for ${base} fails a call before it is sent`, async () => {
      const proxy = await startRefusingProxy(status);
      try {
        const child = Bun.spawn({
          cmd: [process.execPath, join(import.meta.dir, 'generate-key-child.ts'), base],
          env: { PATH: process.env['PATH'] ?? '', HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url },
          stdout: 'pipe',
          stderr: 'inherit',
        });
        const told = JSON.parse(await child.stdout.text()) as Readonly<Record<string, unknown>>;
        expect(await child.exited).toBe(0);
        expect(told).toMatchObject({ name: 'ConnectionError', outcomeUnknown: false });
        expect(told['message']).toContain(says);
        expect(told['message']).not.toContain('pass-of-a-test');
        expect(proxy.asked).toEqual([asked]);
      } finally {
        proxy.server.close();
      }
    });
  }
});
