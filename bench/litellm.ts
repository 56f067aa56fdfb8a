import { resolve } from 'node:path';
import { ReportedError } from '../e2e/harness/script.ts';

/** A LiteLLM that keys are made on, a real one or the stand-in. */
export interface LiteLLM extends AsyncDisposable {
  readonly url: string;
  readonly masterKey: string;
  /** How a report calls it. */
  readonly name: string;
}

/** The answer of LiteLLM's own to /key/generate was not a key. */
export class GenerateError extends ReportedError {
  override readonly name = 'GenerateError';

  constructor(status: number) {
    super(`LiteLLM answered ${status} when it was asked for a key: check its address and its master key`);
  }
}

/** Starts the stand-in in a process of its own; a key takes it so many milliseconds, or never comes. */
export async function startStandIn(milliseconds: number): Promise<LiteLLM> {
  const child = Bun.spawn([process.execPath, 'run', resolve(import.meta.dir, 'stand-in.ts'), String(milliseconds)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  let text = '';
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('\n')) break;
  }
  if (!text.includes('\n')) throw new Error(`the stand-in for LiteLLM ended with ${await child.exited}`);
  const { url, masterKey } = JSON.parse(text) as { readonly url: string; readonly masterKey: string };
  return {
    url,
    masterKey,
    name: milliseconds === 0 ? 'a stand-in that answers at once' : `a stand-in that takes ${milliseconds} ms`,
    async [Symbol.asyncDispose]() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

/** A LiteLLM that runs already, and goes on. */
export function realLiteLLM({ url, masterKey }: { readonly url: string; readonly masterKey: string }): LiteLLM {
  return { url, masterKey, name: `the LiteLLM at ${url}`, [Symbol.asyncDispose]: async () => undefined };
}

/**
 * Makes a key over HTTP, on a connection that is kept alive, with what the plugin would send; gives its token id.
 * @throws GenerateError
 */
export async function generateKey({ url, masterKey }: LiteLLM): Promise<string> {
  const answer = await fetch(`${url}/key/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      key: `sk-${randomText(32, 'base64url')}`,
      key_alias: `bench-direct-${randomText(8, 'hex')}`,
      models: benchModels,
      duration: '3690s',
      metadata: {
        vault_mount_path: 'litellm/',
        vault_backend_uuid: '00000000-0000-4000-8000-000000000001',
        vault_role: 'bench',
        vault_entity_id: 'test-entity',
        vault_display_name: 'test-display-name',
        vault_request_id: 'request-1',
      },
      key_type: 'llm_api',
    }),
  });
  const body = (await answer.json()) as { readonly token_id?: unknown };
  if (!answer.ok || typeof body.token_id !== 'string') throw new GenerateError(answer.status);
  return body.token_id;
}

/** Deletes keys: no key of ours is to stay on a real LiteLLM, and the stand-in gets slower with every key it has. */
export async function deleteKeys({ url, masterKey }: LiteLLM, tokenIds: readonly string[]): Promise<void> {
  const most = 100;
  for (let start = 0; start < tokenIds.length; start += most) {
    await fetch(`${url}/key/delete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ keys: tokenIds.slice(start, start + most) }),
    });
  }
}

/** The fields of the role that keys are made from. */
export const benchModels: readonly string[] = ['gpt-4o-mini'];
export const benchRole = { models: benchModels, ttl: 3600 } as const;

function randomText(bytes: number, encoding: 'base64url' | 'hex'): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString(encoding);
}
