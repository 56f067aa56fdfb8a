import type { OwnKey } from '../../litellm/about.ts';
import type { Client } from '../../litellm/client.ts';
import { LiteLLMError } from '../../litellm/error.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import { translateUnverified } from '../fault/translate-fault.ts';
import type { MountClients } from './client-source.ts';
import { endOfClientCert } from './certificates.ts';
import type { ConfigEntry, VerifiedConnection } from './config-entry.ts';

/** What verifying a connection takes. */
export interface VerifyOptions {
  readonly clients: Pick<MountClients, 'clientExactly'>;
  readonly clock: Clock;
}

/** What only people read may take this long: seconds. */
const patience = 5;

/**
 * Asks the proxy whether the key is an administrator's, and gives the connection with what else was learned. Throws
 * `UserMistake` if it is not, or cannot be asked, and a `CodedError` if that passes by itself.
 */
export async function verifiedConnection(
  config: ConfigEntry,
  { clients, clock }: VerifyOptions,
  signal: AbortSignal,
): Promise<ConfigEntry> {
  const client = clients.clientExactly(config);
  try {
    await client.verifyAdmin(signal);
  } catch (error) {
    if (!(error instanceof LiteLLMError)) throw error;
    throw translateUnverified(
      error,
      'nothing was stored, since the connection could not be verified (verify_connection=false skips that)',
    );
  }
  return await withLearned(config, client, clock, signal);
}

/** The connection of a client with what LiteLLM says of itself and of the key. What it does not say is left out. */
export async function withLearned(
  config: ConfigEntry,
  client: Pick<Client, 'about'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<ConfigEntry> {
  const { key, version, edition } = await client.about(AbortSignal.any([signal, AbortSignal.timeout(patience * 1000)]));
  signal.throwIfAborted();
  return {
    ...config,
    verified: {
      at: clock.now().toISOString(),
      ...(key === undefined ? {} : ownKey(key)),
      ...(version === undefined ? {} : { version }),
      ...(edition === undefined ? {} : { edition }),
    },
  };
}

function ownKey(key: OwnKey): Pick<VerifiedConnection, 'kind' | 'alias' | 'userId' | 'expires' | 'maxBudget'> {
  if (key.kind === 'master key') return key;
  const { expires, ...rest } = key;
  return { ...rest, ...(expires === undefined ? {} : { expires: expires.toISOString() }) };
}

/** Warnings about a connection that works, as long as their cause lasts. */
export function connectionWarnings(config: ConfigEntry, now: Date): readonly string[] {
  const warnings: string[] = [];
  if (config.tlsSkipVerify) {
    warnings.push(
      'tls_skip_verify is on: anybody on the way to LiteLLM can read the master key and every key that is issued. Put the CA that signed its certificate into ca_cert, and write tls_skip_verify=false.',
    );
  }
  const overTLS = [
    ...(config.clientCert === '' ? [] : ['client_cert']),
    ...(config.tlsServerName === '' ? [] : ['tls_server_name']),
  ];
  if (overTLS.length > 0 && config.baseURL.startsWith('http:')) {
    warnings.push(`base_url is http: ${overTLS.join(' and ')} can only be used with https.`);
  }
  const end = endOfClientCert(config.clientCert);
  if (end !== undefined && end < now)
    warnings.push(`The certificate in client_cert has expired at ${end.toISOString()}.`);
  const { kind, expires, maxBudget } = config.verified ?? {};
  if (kind === 'virtual key') {
    if (expires !== undefined) warnings.push(`master_key is a virtual key that expires at ${expires}: ${takesAlong}`);
    // 1.74.0, 1.106.2 and 1.108.8 check a budget only for calls of models.
    if (maxBudget !== undefined) {
      warnings.push(
        `master_key is a virtual key with a budget of ${maxBudget} US dollars: once that is spent, LiteLLM refuses its calls of models. A version that also refuses its calls about keys ends every lease. Write a key without a budget.`,
      );
    }
  }
  return warnings;
}

const takesAlong =
  'from then on no key is issued and no lease can be renewed or revoked, so every lease ends by itself. Write a key that does not expire, or another one in time.';
