import { UserMistake } from '../fault/user-mistake.ts';

/**
 * Gives an address as it is stored: http or https, with its path, without a trailing slash. Throws {@link UserMistake},
 * which quotes nothing, if the text is not such an address or has credentials, a query or a fragment.
 */
export function normalizeBaseURL(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new UserMistake('base_url must be an http or https URL, such as https://litellm.example.com:4000');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserMistake('base_url must not carry credentials: leave them out and write the key to master_key');
  }
  if (url.search !== '' || url.hash !== '') {
    throw new UserMistake('base_url must end with its path: leave out what follows ? or #');
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
