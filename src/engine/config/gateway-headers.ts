import { isIP } from 'node:net';
import { shownName } from '../../sdk/framework/unknown-fields.ts';
import { UserMistake } from '../fault/user-mistake.ts';

const mostHeaders = 64;
const longestValue = 8192;

const hopByHop = 'it is about one connection, and a call may pass several';
const setByCalls = 'every call sets it itself';

/** Headers that `headers` must not have, in lower case, and why. */
const refused: Readonly<Record<string, string>> = {
  authorization: 'it carries the master key: write that to master_key',
  'x-litellm-api-key': 'LiteLLM would take it for the key in place of master_key',
  host: 'it comes from base_url',
  'content-length': setByCalls,
  'content-type': setByCalls,
  'content-encoding': setByCalls,
  accept: setByCalls,
  'accept-encoding': setByCalls,
  expect: hopByHop,
  connection: hopByHop,
  'keep-alive': hopByHop,
  'proxy-authenticate': hopByHop,
  'proxy-authorization': `${hopByHop}: the user and password of a forward proxy belong in HTTPS_PROXY`,
  'proxy-connection': hopByHop,
  te: hopByHop,
  trailer: hopByHop,
  'transfer-encoding': hopByHop,
  upgrade: hopByHop,
};

/** RFC 9110, 5.6.2: a token. */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
/** What every server reads the same way: visible ASCII, with spaces inside. */
const headerValue = /^[!-~](?:[ !-~]*[!-~])?$/;

/** Throws {@link UserMistake} if a header cannot be sent. The message has its name, and never its value. */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const names = Object.keys(headers);
  if (names.length > mostHeaders) throw new UserMistake(`headers must be at most ${mostHeaders}`);
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const shown = shownName(name);
    const lower = name.toLowerCase();
    // A read returns the names.
    if (/^sk-/i.test(name)) {
      throw new UserMistake(`headers has ${shown} in it, which looks like a key: write name=value`);
    }
    if (!headerName.test(name)) {
      throw new UserMistake(
        `headers has ${shown} in it, which is not the name of a header: use letters, digits and hyphens, as in X-Gateway-Key`,
      );
    }
    if (seen.has(lower))
      throw new UserMistake(`headers has ${shown} twice, since case makes no difference: leave one out`);
    seen.add(lower);
    const reason = Object.hasOwn(refused, lower) ? refused[lower] : undefined;
    if (reason !== undefined) throw new UserMistake(`headers must not have ${shown}: ${reason}`);
    if (value.length > longestValue) {
      throw new UserMistake(`the value of ${shown} in headers must have at most ${longestValue} characters`);
    }
    if (!headerValue.test(value)) {
      throw new UserMistake(
        `the value of ${shown} in headers is empty, or has a line break, a space at an end or another character that no header has: was it read from a file that ends with a line break?`,
      );
    }
  }
}

/** Gives a `tls_server_name` as it is stored; empty means none. Throws {@link UserMistake} if it is not a host name. */
export function checkedServerName(text: string): string {
  if (text === '') return '';
  const isName = text.length <= 253 && /^(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*$/i.test(text);
  // A key in the wrong field would be shown by every read.
  if (!isName || isIP(text) !== 0 || /^sk-/i.test(text)) {
    throw new UserMistake(
      'tls_server_name must be the name of a host, such as litellm.example.com, without a scheme, a port or an address in numbers',
    );
  }
  return text;
}
