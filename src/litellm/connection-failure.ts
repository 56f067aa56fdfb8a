/** Why no answer came. */
export interface ConnectionFailure {
  readonly reason: string;
  /** Whether the request may have reached the proxy; true unless it certainly has not. */
  readonly sent: boolean;
  /** Whether there was a connection that went away. */
  readonly lost: boolean;
  readonly cause: unknown;
}

/** The options of a connection that a reason depends on. */
export interface FailedOptions {
  readonly caCert?: string;
  readonly clientCert?: string;
}

interface Kind {
  readonly codes: readonly string[];
  readonly reason: (code: string, options: FailedOptions) => string;
}

/**
 * What fails before a byte of the request is out, by the codes of Bun 1.4. A code that is not here counts as one that
 * may come after the request went out.
 */
const beforeSending: readonly Kind[] = [
  {
    codes: ['ECONNREFUSED', 'ConnectionRefused'],
    reason: (code) => `nothing listens there (${code}); check base_url and that LiteLLM is up`,
  },
  {
    codes: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'],
    reason: (code) => `its name cannot be resolved (${code}); check base_url`,
  },
  {
    codes: ['FailedToOpenSocket'],
    reason: (code, { caCert, clientCert }) =>
      `no connection can be opened (${code}); check base_url` +
      (caCert === undefined ? '' : ' and that ca_cert is a readable PEM certificate') +
      (clientCert === undefined ? '' : ' and that client_cert and client_key belong together'),
  },
  {
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'],
    reason: (code) =>
      `its certificate is for another name (${code}); use the name that it is for in base_url, or write it to tls_server_name`,
  },
  {
    codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    reason: (code) => `its certificate is not valid at this time (${code}); renew it, or set the clock`,
  },
  {
    codes: [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'CERT_UNTRUSTED',
      'CERT_REJECTED',
      'CERT_REVOKED',
      'CERT_SIGNATURE_FAILURE',
      'CERT_CHAIN_TOO_LONG',
      'INVALID_CA',
      'INVALID_PURPOSE',
      'PATH_LENGTH_EXCEEDED',
    ],
    reason: (code) => `its certificate is not trusted (${code}); put the CA that signed it into ca_cert`,
  },
];

/** Explains a failed fetch. */
export function connectionFailure(error: unknown, options: FailedOptions): ConnectionFailure {
  const cause = withoutRequest(error);
  const code = codeOf(cause);
  const notSent = { sent: false, lost: false, cause } as const;
  const kind = beforeSending.find(({ codes }) => codes.includes(code));
  if (kind !== undefined) return { reason: kind.reason(code, options), ...notSent };
  if (code === 'ERR_PROXY_TUNNEL') return { reason: tunnelRefused(cause), ...notSent };
  if (code === 'EPROTO' && cause instanceof Error && cause.message.includes('handshake')) {
    const client =
      options.clientCert === undefined
        ? 'that it wants no client certificate (client_cert)'
        : 'that it takes the certificate in client_cert';
    return {
      reason: `it refused the TLS handshake (${code}); check the scheme in base_url, and ${client}`,
      ...notSent,
    };
  }
  if (code === 'Malformed_HTTP_Response') {
    const reason = `what answers there does not speak HTTP (${code}); check base_url`;
    return { reason, sent: true, lost: false, cause };
  }
  // TLS 1.3 refuses a client's certificate when the request may already be out.
  const client =
    options.clientCert === undefined ? '' : ', and that what listens there takes the certificate in client_cert';
  const reason = `the connection was lost before an answer (${code}); check that LiteLLM is up${client}`;
  return { reason, sent: true, lost: true, cause };
}

/** The forward proxy refused to open a way to LiteLLM: not a byte of the call went out. */
function tunnelRefused(cause: unknown): string {
  const [, status] = (cause instanceof Error ? /: (\d{3})\b/.exec(cause.message) : null) ?? [];
  const how = status === undefined ? '' : ` with ${status}`;
  return (
    `the forward proxy that HTTPS_PROXY names refuses to connect to it${how} (ERR_PROXY_TUNNEL); give HTTPS_PROXY the ` +
    "user and password that it wants, let it pass to this address, or put LiteLLM's host into NO_PROXY"
  );
}

/** An http address has no tunnel: the forward proxy itself answers 407, and passes nothing on. */
export function proxyWantsLogin(): ConnectionFailure {
  const reason =
    'the forward proxy that HTTP_PROXY names wants a user and a password (407); give it them, ' +
    "or put LiteLLM's host into NO_PROXY";
  return { reason, sent: false, lost: false, cause: undefined };
}

/** ky's own errors carry the request, and with it the key: only their cause is kept. */
function withoutRequest(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return 'request' in error ? withoutRequest(error.cause) : error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown cause';
}
