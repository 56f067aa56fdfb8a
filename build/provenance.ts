import type { Package } from './package.ts';

// From what, by whom and how the files of a release were built, as an in-toto statement with SLSA's predicate: https://slsa.dev/provenance/v1.
// It has no dates, so that the same build says the same.

/** What is told of a release. */
export interface Build {
  readonly plugin: Package;
  readonly tag: string;
  /** The whole name of the commit. */
  readonly commit: string;
  /** Where the repository is cloned from; undefined where nobody has said. */
  readonly source: string | undefined;
  /** The files, by their names, with their SHA-256. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  /** The SHA-256 of bun.lock, which pins every npm package. */
  readonly lock: string;
  /** What Woodpecker tells its steps; empty elsewhere. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The statement, as JSON. */
export function makeProvenance({ plugin, tag, commit, source, files, lock, environment }: Build): string {
  const home = `pkg:generic/${plugin.name}`;
  const address = source === undefined ? undefined : addressOf(source);
  const invocationId = environment['CI_PIPELINE_URL'];
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${home}#just-release-files`,
        externalParameters: { tag },
        resolvedDependencies: [
          {
            ...(address === undefined ? { name: 'source' } : { uri: `git+${address}@refs/tags/${tag}` }),
            digest: { gitCommit: commit },
          },
          { name: 'bun.lock', digest: { sha256: lock } },
          { uri: `pkg:npm/bun@${Bun.version}` },
        ],
      },
      runDetails: {
        builder: { id: environment['CI_SYSTEM_URL'] || `${home}#by-hand` },
        ...(invocationId === undefined ? {} : { metadata: { invocationId } }),
      },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}

/** Where a repository is, without what a clone's address may say about who clones it. */
function addressOf(source: string): string {
  const [, host = '', path = ''] = /^(?:[^/@]+@)?([^/:]+):(?!\/)(.+)$/.exec(source) ?? [];
  const url = URL.parse(host === '' ? source : `ssh://${host}/${path}`);
  if (url === null) return `file://${source}`;
  url.username = '';
  url.password = '';
  return url.href;
}
