import { defineFields } from '../../sdk/framework/field-schema.ts';
import { float, string, stringSlice } from '../../sdk/framework/field-type.ts';
import type { ConfigEntry } from './config-entry.ts';
import { sha256 } from '../../litellm/sha256.ts';
import { shownRotation } from '../schedule/rotation-params.ts';
import { rotationFields } from '../schedule/rotation-fields.ts';
import { configFields } from './config-fields.ts';

const { base_url, ca_cert, client_cert, tls_server_name, tls_skip_verify } = configFields;
const { request_timeout, max_in_flight, grace, write_ahead } = configFields;

/** What a read of `config` answers; null for what was not learned. */
export const shownConfigFields = defineFields({
  ...{ base_url, ca_cert, client_cert, tls_server_name, tls_skip_verify },
  header_names: { type: stringSlice, description: 'Names of the headers that are sent with every call.' },
  ...{ request_timeout, max_in_flight, grace, write_ahead },
  master_key_kind: {
    type: string,
    description: "What the key is: `master key` of LiteLLM's own configuration, or `virtual key` of its database.",
  },
  master_key_alias: { type: string, description: 'Alias of the virtual key.' },
  master_key_token_id: { type: string, description: 'Its sha256, by which LiteLLM knows it.' },
  master_key_user_id: { type: string, description: 'User whose virtual key it is.' },
  master_key_expires: { type: string, description: 'When the virtual key ends.' },
  master_key_max_budget: { type: float, description: 'What the virtual key may spend, in US dollars.' },
  ...rotationFields,
  last_vault_rotation: { type: string, description: 'When this mount made the key itself.' },
  next_vault_rotation: { type: string, description: 'When it rotates next by itself.' },
  litellm_version: { type: string, description: 'Version of LiteLLM.' },
  litellm_edition: { type: string, description: '`community`, or `enterprise` with a licence.' },
  last_verified: { type: string, description: 'When a write last verified the connection and learned all that.' },
  last_good_call: {
    type: string,
    description: 'When a call to LiteLLM last succeeded, as far as this process of the plugin knows.',
  },
});

const { master_key_alias, master_key_token_id, master_key_user_id } = shownConfigFields;

/** What a write with `bootstrap` answers. */
export const bootstrappedFields = defineFields({ master_key_alias, master_key_token_id, master_key_user_id });

/** A connection without its secrets, and with what is known of it. */
export function shownConfig(
  config: ConfigEntry,
  lastGoodCall: Date | undefined,
  next: Date | undefined,
): Readonly<Record<string, unknown>> {
  const { verified } = config;
  return {
    base_url: config.baseURL,
    ca_cert: config.caCert,
    client_cert: config.clientCert,
    tls_server_name: config.tlsServerName,
    tls_skip_verify: config.tlsSkipVerify,
    header_names: Object.keys(config.headers).toSorted(),
    request_timeout: config.requestTimeout,
    max_in_flight: config.maxInFlight,
    grace: config.grace,
    write_ahead: config.writeAhead,
    master_key_kind: verified?.kind ?? null,
    master_key_alias: verified?.alias ?? null,
    master_key_token_id: verified?.kind === 'virtual key' ? sha256(config.masterKey) : null,
    master_key_user_id: verified?.userId ?? null,
    master_key_expires: verified?.expires ?? null,
    master_key_max_budget: verified?.maxBudget ?? null,
    ...shownRotation(config.rotation),
    last_vault_rotation: config.madeAt ?? null,
    next_vault_rotation: next?.toISOString() ?? null,
    litellm_version: verified?.version ?? null,
    litellm_edition: verified?.edition ?? null,
    last_verified: verified?.at ?? null,
    last_good_call: lastGoodCall?.toISOString() ?? null,
  };
}
