/** The arguments make no sense; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A LiteLLM that runs already. */
export interface ProxyOption {
  readonly url: string;
  readonly masterKey: string;
}

/**
 * The proxy that `--litellm` and `--master-key` name; `inherited` is LITELLM_MASTER_KEY. Undefined where none is named.
 * @throws UsageError
 */
export function proxyOf(
  url: string | undefined,
  given: string | undefined,
  inherited: string | undefined,
): ProxyOption | undefined {
  if (url === undefined) {
    if (given !== undefined) throw new UsageError('--master-key needs --litellm');
    return undefined;
  }
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new UsageError('--litellm needs an address that begins with http:// or https://');
  }
  const masterKey = given ?? inherited;
  if (masterKey === undefined || masterKey === '') {
    throw new UsageError('--litellm needs its master key: --master-key, or LITELLM_MASTER_KEY in the environment');
  }
  return { url: url.replace(/\/+$/, ''), masterKey };
}
