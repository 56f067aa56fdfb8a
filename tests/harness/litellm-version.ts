/** The version that the stand-in does as. */
export const standInVersion = '1.106.2';

/** A proxy tells no version. */
export class NoVersionError extends Error {
  override readonly name = 'NoVersionError';
}

/** The version of a real proxy at `url`, which it tells in the description of its API. @throws NoVersionError */
export async function versionOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(60_000) });
  const { info } = (await answer.json()) as { readonly info?: { readonly version?: unknown } };
  const version = String(info?.version);
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new NoVersionError(`${url}/openapi.json has ${version} as its version`);
  return version;
}
