import * as v from 'valibot';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { duration, flag, text, wholeNumber } from '../fields/field-types.ts';
import { labels } from '../fields/texts.ts';
import { rotationFields } from '../schedule/rotation-fields.ts';
import { configDefaults, configLimits } from './config-entry.ts';

/** The fields of `config`. */
export const configFields = defineFields({
  base_url: {
    type: text,
    description: 'Address of the LiteLLM proxy, http or https; may have a path. Needed on the first write.',
    required: true,
  },
  master_key: {
    type: text,
    description:
      'Master key of the proxy, or a key of one of its administrators. Never returned. Needed on the first write.',
    required: true,
    displayAttrs: { sensitive: true },
  },
  ca_cert: {
    type: text,
    description: "PEM certificates to trust instead of the system's, for a proxy behind a private CA.",
    displayAttrs: { editType: 'file' },
  },
  client_cert: {
    type: text,
    description:
      'PEM certificate to show to a server that asks for one, followed by those that signed it. Needs client_key.',
    displayAttrs: { editType: 'file' },
  },
  client_key: {
    type: text,
    description: 'PEM private key of client_cert, not encrypted. Never returned.',
    displayAttrs: { editType: 'file', sensitive: true },
  },
  tls_server_name: {
    type: text,
    description: 'Name that the certificate of the proxy must be for, if it is not the one in base_url.',
  },
  tls_skip_verify: {
    type: flag,
    description: 'Accept any certificate. Anybody on the way can then read every key: use it for a trial only.',
    default: configDefaults.tlsSkipVerify,
  },
  headers: {
    type: labels,
    description:
      'Headers to send with every call, for a gateway before the proxy, such as X-Gateway-Key=.... Replaces those that ' +
      'were there. The values are never returned, only header_names.',
    displayAttrs: { sensitive: true },
  },
  request_timeout: {
    type: v.pipe(
      duration,
      v.minValue(configLimits.requestTimeout.least, 'must be at least 1 second'),
      v.maxValue(configLimits.requestTimeout.most, 'must be at most 1 hour'),
    ),
    description: 'How long one call to the proxy may take.',
    default: configDefaults.requestTimeout,
  },
  max_in_flight: {
    type: v.pipe(
      wholeNumber,
      v.minValue(configLimits.maxInFlight.least, 'must be at least 2: one call is kept free for revocations'),
      v.maxValue(configLimits.maxInFlight.most, 'must be at most 1024'),
    ),
    description: 'How many calls to the proxy this mount may have under way at once. A part is kept for revocations.',
    default: configDefaults.maxInFlight,
  },
  grace: {
    type: v.pipe(
      duration,
      v.minValue(configLimits.grace.least, 'must be at least 1 second'),
      v.maxValue(configLimits.grace.most, 'must be at most 24 hours'),
    ),
    description:
      'How long LiteLLM lets a key live on after its lease. Must be longer than user_api_key_cache_ttl of LiteLLM, which is 60 seconds unless set.',
    default: configDefaults.grace,
  },
  write_ahead: {
    type: flag,
    description:
      'Keep a write-ahead entry in the storage while a key is made, so that a plugin that is killed leaves no key without a lease, unless it is killed just before it answers. Costs two storage writes for each key.',
    default: configDefaults.writeAhead,
  },
  ...rotationFields,
  bootstrap: {
    type: flag,
    description:
      "With the proxy's own master key in master_key: make an administrator and a key of its own for this mount, store that " +
      'key alone, and forget the master key.',
    default: false,
  },
  verify_connection: {
    type: flag,
    description: "Ask the proxy whether the master key is an administrator's before anything is stored.",
    default: true,
  },
});
