import { ReportedError, UsageError } from './script.ts';

/** The LiteLLM that was named cannot be used, or is named by half; the message is one line. */
export class ProxyError extends ReportedError {
  override readonly name = 'ProxyError';
}

/** A LiteLLM that runs already. */
export interface Proxy {
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
): Proxy | undefined {
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

/** The proxy that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name; undefined where none is named. @throws ProxyError */
export function environmentProxy(): Proxy | undefined {
  const url = process.env['E2E_LITELLM_URL'] ?? '';
  if (url === '') return undefined;
  const masterKey = process.env['E2E_LITELLM_MASTER_KEY'] ?? '';
  if (masterKey === '') throw new ProxyError('E2E_LITELLM_URL needs E2E_LITELLM_MASTER_KEY beside it.');
  return { url: url.replace(/\/+$/, ''), masterKey };
}
