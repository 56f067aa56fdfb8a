import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { litellmCases } from '../harness/litellm-cases.ts';
import type { LiteLLMCase } from '../harness/litellm-cases/litellm-case.ts';
import { casesOf, unknownNames } from '../harness/litellm-cases/other-versions.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { versionOf } from '../harness/litellm-version.ts';
import { LiteLLMSession, type ProxyAddress } from '../harness/litellm-session.ts';

function runAgainst(proxy: () => ProxyAddress, cases: readonly LiteLLMCase[]): void {
  for (const { name, steps, status, body, expiresIn } of cases) {
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
  runAgainst(() => server, litellmCases);
});

test('what other versions do is said of cases that there are', () => {
  expect(unknownNames(litellmCases)).toEqual([]);
});

const { E2E_LITELLM_URL: url, E2E_LITELLM_MASTER_KEY: masterKey } = process.env;
if (url !== undefined && masterKey !== undefined) {
  const version = await versionOf(url);
  describe(`a real proxy, LiteLLM ${version}`, () => {
    runAgainst(() => ({ url, masterKey }), casesOf(litellmCases, version));
  });
}
