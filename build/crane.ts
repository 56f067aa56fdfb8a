import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { kept } from './cache.ts';
import { buildGo, whyNoGo } from './go-program.ts';
import { runProgram } from './run-program.ts';

const module = resolve(import.meta.dir, 'crane');

/** There is nothing here to build crane with; the message says what to install. */
export class NoCraneError extends Error {
  override readonly name = 'NoCraneError';
}

/**
 * The program crane of google/go-containerregistry, which speaks with registries and is one: in the version that crane/go.mod names, built
 * once with Go and kept in the user's cache folder.
 * @throws NoCraneError, GoBuildError, or the signal's reason
 */
export async function findCrane(signal?: AbortSignal): Promise<string> {
  const [, version] = /go-containerregistry (v\S+)/.exec(await Bun.file(join(module, 'go.mod')).text()) ?? [];
  if (version === undefined) throw new Error(`${module}/go.mod names no version of crane`);
  return await kept(`crane-${version.slice(1)}`, async (target, scratch) => {
    const why = await whyNoGo();
    if (why !== undefined) throw new NoCraneError(`No crane to speak with a registry: ${why}.`);
    await buildGo({ module, package: 'github.com/google/go-containerregistry/cmd/crane', target, scratch, signal });
  });
}

/** crane refused something, in its own words, or what is to be pushed would replace something else. */
export class PushError extends Error {
  override readonly name = 'PushError';
}

/** Where an image is pushed to, and as whom. */
export interface Destination {
  /** With the registry's name and without a tag. */
  readonly repository: string;
  /** Nobody in particular when left out. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
}

/**
 * Pushes the image of a layout that writeOciImage wrote, under the tags that engines ask for: `v1.2.3` is OpenBao's, `1.2.3` is Vault's. Gives the references.
 * @throws PushError where the registry refuses, or has another image under one of them
 */
export async function pushImage(
  layout: string,
  { repository, login }: Destination,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const crane = await findCrane(signal);
  // What it is told about a registry is kept there, and goes.
  await using home = await mkdtempDisposable(join(tmpdir(), 'crane-'));
  const env = { ...process.env, DOCKER_CONFIG: home.path };
  const must = async (words: readonly string[], input = ''): Promise<void> => {
    const { code, stderr } = await runProgram([crane, ...words], { env, input, signal });
    if (code !== 0) throw new PushError(`crane ${words[0]} ended with ${code}: ${stderr.trim().split('\n').at(-1)}`);
  };
  if (login !== undefined) {
    const [registry = ''] = repository.split('/');
    await must(['auth', 'login', registry, '--username', login.user, '--password-stdin'], login.password);
  }
  const { manifests } = (await Bun.file(join(layout, 'index.json')).json()) as {
    readonly manifests: readonly [{ readonly digest: string; readonly annotations: Readonly<Record<string, string>> }];
  };
  const [{ digest, annotations }] = manifests;
  const version = annotations['org.opencontainers.image.ref.name'] ?? '';
  const tags = [version, version.replace(/^v/, '')].map((tag) => `${repository}:${tag}`);
  for (const tag of tags) {
    const there = await runProgram([crane, 'digest', tag], { env, signal });
    if (there.code === 0 && there.stdout.trim() !== digest) {
      throw new PushError(`${tag} is another image already, and stays as it is: push a new version.`);
    }
  }
  for (const tag of tags) await must(['push', layout, tag]);
  return tags;
}
