import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { litellmCases } from '../harness/litellm-cases.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { LiteLLMSession, type ProxyAddress } from '../harness/litellm-session.ts';

function runAgainst(proxy: () => ProxyAddress): void {
  for (const { name, steps, status, body, expiresIn } of litellmCases) {
    test(
      name,
      async () => {
        const session = new LiteLLMSession(proxy());
        try {
          const answer = await steps(session);
          expect(answer).toMatchObject({ status, body });
          if (expiresIn !== undefined) expect(Math.abs(secondsLeft(answer.body) - expiresIn)).toBeLessThan(30);
        } finally {
          await session.close();
        }
      },
      { timeout: 30_000 },
    );
  }
}

/** `expires` is in the answer itself, or in the `info` of one about a key. */
function secondsLeft(body: unknown): number {
  const { expires, info } = body as { readonly expires?: string; readonly info?: { readonly expires: string } };
  return (Date.parse(info?.expires ?? expires ?? '') - Date.now()) / 1000;
}

describe('the stand-in', () => {
  let server: LiteLLMServer;
  beforeAll(async () => {
    server = await startLiteLLMServer();
  });
  afterAll(async () => {
    expect(server.keys.all()).toEqual([]);
    await server.stop();
  });
  runAgainst(() => server);
});

const { E2E_LITELLM_URL: url, E2E_LITELLM_MASTER_KEY: masterKey } = process.env;
if (url !== undefined && masterKey !== undefined) {
  describe('a real proxy', () => {
    runAgainst(() => ({ url, masterKey }));
  });
}
