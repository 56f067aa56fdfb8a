import { beforeAll, describe, expect, test } from 'bun:test';
import { join, resolve } from 'node:path';
import { findJust } from './just.ts';
import { runIn } from './repository.ts';

// Each recipe can be called by `npm run` under its name, and the pipelines call nothing else.

const root = resolve(import.meta.dir, '../..');

interface Recipe {
  readonly private: boolean;
  readonly doc: string | null;
  readonly dependencies: readonly { readonly recipe: string }[];
  readonly body: readonly (readonly unknown[])[];
}

let recipes: Readonly<Record<string, Recipe>> = {};
const publicNames = (): readonly string[] =>
  Object.entries(recipes).flatMap(([name, recipe]) => (recipe.private ? [] : [name]));

beforeAll(async () => {
  const dump = await runIn(root, [await findJust(), '--dump', '--dump-format=json']);
  ({ recipes } = JSON.parse(dump.text) as { readonly recipes: Readonly<Record<string, Recipe>> });
}, 60_000);

const { scripts } = (await Bun.file(join(root, 'package.json')).json()) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const pipelines = (await Array.fromAsync(new Bun.Glob('*.yaml').scan({ cwd: join(root, '.woodpecker') }))).toSorted();

interface Step {
  readonly image: string;
  readonly commands?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

async function stepsOf(pipeline: string): Promise<readonly Step[]> {
  const { clone = [], steps } = Bun.YAML.parse(await Bun.file(join(root, '.woodpecker', pipeline)).text()) as {
    readonly clone?: readonly Step[];
    readonly steps: readonly Step[];
  };
  return [...clone, ...steps];
}

/** The commands of a pipeline, in order. */
const commandsOf = async (pipeline: string): Promise<readonly string[]> =>
  (await stepsOf(pipeline)).flatMap(({ commands = [] }) => commands);

/** The recipe that a command calls; the command itself where it calls none. */
const recipeOf = (command: string): string =>
  /^npm run ([\w-]+)(?: [\w -]+)?$/.exec(command)?.[1] ?? /^npm (test)$/.exec(command)?.[1] ?? command;

describe('npm run', () => {
  test('has every recipe, and no other script', () => {
    expect(publicNames()).toContain('build');
    expect(Object.keys(scripts).toSorted()).toEqual(publicNames().toSorted());
  });

  test('calls with each script the recipe of its name', () => {
    for (const [name, script] of Object.entries(scripts)) {
      expect(script).toBe(`npx --yes --prefer-offline rust-just@$npm_package_config_just ${name}`);
    }
  });
});

test('every recipe says what it is for', () => {
  expect(publicNames().filter((name) => recipes[name]?.doc === null)).toEqual([]);
});

describe('the pipelines', () => {
  for (const pipeline of pipelines) {
    test(`of ${pipeline} call recipes alone`, async () => {
      const called = (await commandsOf(pipeline)).map(recipeOf);
      expect(called).not.toEqual([]);
      expect(publicNames()).toEqual(expect.arrayContaining([...called]));
    });
  }

  test('run plugins of one version, and not what its authors call the latest', async () => {
    const images = (await Promise.all(pipelines.map(stepsOf)))
      .flat()
      .flatMap(({ image, settings }) => (settings === undefined ? [] : [image]));
    expect(images).not.toEqual([]);
    expect(images.filter((image) => !/:\d+\.\d+\.\d+$/.test(image))).toEqual([]);
  });

  test('replace nothing that is published', async () => {
    const publish = (await stepsOf('release.yaml')).find(({ settings }) => settings !== undefined);
    expect(publish?.settings).toMatchObject({ 'file-exists': 'fail' });
  });

  test('publish what was tested, as it was tested', async () => {
    const called = (await commandsOf('release.yaml')).map(recipeOf).filter((name) => name !== 'prepare-debian');
    expect(called).toEqual([
      'release-check',
      'test',
      'release-files',
      'image',
      'test-release-files',
      'sign-release',
      'push-image',
    ]);
    expect(recipes['test-release-files']?.dependencies.map(({ recipe }) => recipe)).toEqual(['install', 'proto']);
  });

  test('leave out nothing of npm test', async () => {
    const words = String(recipes['test']?.body[0]?.at(-1)).trim().split(' ');
    expect(words).toContain('unit');
    const called = [...(await commandsOf('test.yaml')), ...(await commandsOf('e2e.yaml'))].map(recipeOf);
    // Every recipe prepares what it needs; a pipeline's machine has the engines natively anyway.
    const wanted = words.filter((word) => word !== 'prepare').map((word) => word.replace('e2e-native', 'e2e'));
    expect(called).toEqual(expect.arrayContaining(wanted));
  });
});

test('every hook runs on a commit that only deletes files too', async () => {
  const { repos } = Bun.YAML.parse(await Bun.file(join(root, '.pre-commit-config.yaml')).text()) as {
    readonly repos: readonly {
      readonly hooks: readonly { readonly id: string; readonly always_run?: boolean }[];
    }[];
  };
  const hooks = repos.flatMap((repo) => repo.hooks);
  expect(hooks).not.toEqual([]);
  expect(hooks.filter((hook) => hook.always_run !== true).map(({ id }) => id)).toEqual([]);
});
