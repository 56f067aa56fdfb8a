import { afterAll, beforeEach } from 'bun:test';
import { createClient, type Client, type ClientOptions } from '../../src/litellm/client.ts';
import type { GenerateKeyRequest } from '../../src/litellm/key.ts';
import { LiteLLMError } from '../../src/litellm/error.ts';
import { type LiteLLMServer, startLiteLLMServer } from '../harness/litellm-server.ts';

/** A server for the tests of a file, each of which begins without faults. */
export async function sharedServer(): Promise<LiteLLMServer> {
  const server = await startLiteLLMServer();
  beforeEach(() => server.faults.clear());
  afterAll(async () => server.stop());
  return server;
}

/** A client of a server; the timeout is long enough for everything that is not meant to run into it. */
export function clientOf(
  { url, masterKey }: Pick<LiteLLMServer, 'url' | 'masterKey'>,
  options: Partial<ClientOptions> = {},
): Client {
  return createClient({ baseURL: url, masterKey, requestTimeout: 10, ...options });
}

/** A request for a key that was never used. */
export function newRequest(change: Partial<GenerateKeyRequest> = {}): GenerateKeyRequest {
  return {
    key: `sk-test-not-a-real-key-${crypto.randomUUID()}`,
    keyAlias: `test-${crypto.randomUUID()}`,
    duration: 3600,
    metadata: { vault_role: 'test' },
    ...change,
    params: { models: ['gpt-4o'], key_type: 'llm_api', ...change.params },
  };
}

/** The error that a call ends in; anything but a `LiteLLMError` is thrown on. */
export async function failureOf(call: Promise<unknown>): Promise<LiteLLMError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof LiteLLMError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}
