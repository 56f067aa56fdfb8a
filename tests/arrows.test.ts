import { describe, expect, test } from 'bun:test';
import { join, posix } from 'node:path';

// Holds the table of rooms: which part of the tree may import which, and what each source file has to keep to.

const root = join(import.meta.dir, '..');

interface Room {
  /** A folder, or one file. The longest one that fits a file is its room. */
  readonly name: string;
  /** The other rooms that it may import. */
  readonly rooms: readonly string[];
  /** The packages that it may import; `node:` and `bun:` stand for all of those. */
  readonly packages: readonly string[];
}

const engineRooms = (...names: readonly string[]): readonly string[] => names.map((name) => `src/engine/${name}`);
const sdkForEngine: readonly string[] = ['src/sdk/framework', 'src/sdk/logical'];

const rooms: readonly Room[] = [
  { name: 'src/main.ts', rooms: ['src/engine', 'src/sdk/plugin', 'src/version.ts'], packages: [] },
  { name: 'src/version.ts', rooms: [], packages: [] },
  {
    name: 'src/engine',
    rooms: [
      ...engineRooms(
        'config',
        'roles',
        'creds',
        'lease',
        'rotation',
        'static-roles',
        'tidy',
        'keys',
        'stored',
        'fault',
      ),
      ...sdkForEngine,
    ],
    packages: [],
  },
  {
    name: 'src/engine/creds',
    rooms: [...engineRooms('config', 'roles', 'lease', 'fields', 'stored', 'fault'), ...sdkForEngine, 'src/litellm'],
    packages: [],
  },
  {
    name: 'src/engine/lease',
    rooms: [...engineRooms('config', 'roles', 'stored', 'fault'), ...sdkForEngine, 'src/litellm'],
    packages: ['valibot'],
  },
  {
    name: 'src/engine/rotation',
    rooms: [
      ...engineRooms('config', 'schedule', 'lease', 'keys', 'fields', 'stored', 'fault'),
      ...sdkForEngine,
      'src/litellm',
    ],
    packages: ['valibot'],
  },
  {
    name: 'src/engine/static-roles',
    rooms: [
      ...engineRooms('config', 'schedule', 'lease', 'rotation', 'roles', 'fields', 'stored', 'fault'),
      ...sdkForEngine,
      'src/litellm',
    ],
    packages: ['valibot'],
  },
  {
    name: 'src/engine/keys',
    rooms: [...engineRooms('config', 'roles', 'lease', 'fields', 'stored', 'fault'), ...sdkForEngine, 'src/litellm'],
    packages: [],
  },
  {
    name: 'src/engine/tidy',
    rooms: [...engineRooms('config', 'keys', 'fields', 'stored', 'fault'), ...sdkForEngine, 'src/litellm'],
    packages: ['valibot'],
  },
  {
    name: 'src/engine/config',
    rooms: [...engineRooms('schedule', 'fields', 'stored', 'fault'), ...sdkForEngine, 'src/litellm'],
    packages: ['valibot', 'node:'],
  },
  {
    name: 'src/engine/schedule',
    rooms: [...engineRooms('fields', 'stored', 'fault'), ...sdkForEngine],
    packages: ['valibot', 'croner'],
  },
  {
    name: 'src/engine/roles',
    rooms: [...engineRooms('config', 'fields', 'stored', 'fault'), ...sdkForEngine, 'src/litellm'],
    packages: ['valibot'],
  },
  { name: 'src/engine/fields', rooms: ['src/sdk/framework'], packages: ['valibot'] },
  { name: 'src/engine/stored', rooms: ['src/sdk/logical'], packages: ['valibot'] },
  { name: 'src/engine/fault', rooms: ['src/sdk/logical', 'src/litellm'], packages: [] },
  { name: 'src/litellm', rooms: [], packages: ['ky', 'valibot', 'node:'] },
  { name: 'src/sdk/logical', rooms: [], packages: [] },
  { name: 'src/sdk/framework', rooms: ['src/sdk/logical'], packages: ['valibot'] },
  { name: 'src/sdk/go-plugin', rooms: ['src/sdk/pb'], packages: ['@grpc/grpc-js', 'node:'] },
  {
    name: 'src/sdk/plugin',
    rooms: ['src/sdk/go-plugin', 'src/sdk/logical', 'src/sdk/pb'],
    packages: ['@grpc/grpc-js', 'long', 'node:', 'bun:'],
  },
  { name: 'src/sdk/pb', rooms: [], packages: ['@grpc/grpc-js', 'long', 'protobufjs'] },
  // An engine of its own: what it may import says that the SDK knows nothing of LiteLLM.
  {
    name: 'examples/engine',
    rooms: ['src/sdk/framework', 'src/sdk/logical', 'src/sdk/plugin'],
    packages: ['node:'],
  },
  {
    name: 'e2e',
    rooms: ['build', 'tests/harness'],
    packages: ['testcontainers', 'openapi-typescript-codegen', 'node:', 'bun:'],
  },
  { name: 'bench', rooms: ['e2e/engines', 'e2e/harness', 'tests/harness'], packages: ['node:', 'bun:'] },
  { name: 'build/release.test.ts', rooms: ['build', 'tests/harness'], packages: ['node:', 'bun:'] },
  {
    name: 'build/docs',
    rooms: ['src/engine/backend.ts', 'src/sdk/framework', 'src/sdk/logical'],
    packages: ['prettier', 'node:', 'bun:'],
  },
  { name: 'build', rooms: [], packages: ['@grpc/grpc-js', 'protobufjs', 'protobufjs-cli', 'semver', 'node:'] },
];

interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** The modules that a file names in any form of import; type-only ones count. */
function importsOf(text: string): readonly string[] {
  const forms = [
    /^\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\b(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/g,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map(([, specifier = '']) => specifier));
}

/** The room that a file is in; what is in none, such as the tests, may import what it likes. */
function roomOf(path: string): Room | undefined {
  const fitting = rooms.filter(({ name }) => path === name || path.startsWith(`${name}/`));
  return fitting.toSorted((a, b) => b.name.length - a.name.length)[0];
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** Why a file may not import a module; undefined where it may. */
function whyForbidden(path: string, specifier: string): string | undefined {
  const room = roomOf(path);
  if (room === undefined) return undefined;
  if (!specifier.startsWith('.')) {
    const allowed = room.packages.some(
      (name) => isWithin(specifier, name) || (name.endsWith(':') && specifier.startsWith(name)),
    );
    return allowed ? undefined : `${path} imports the package ${specifier}`;
  }
  const target = posix.join(posix.dirname(path), specifier);
  if (!/\.(?:ts|js|json)$/.test(target)) return `${path} imports ${specifier} without an ending`;
  const allowed = roomOf(target) === room || room.rooms.some((name) => isWithin(target, name));
  return allowed ? undefined : `${path} imports ${target}`;
}

function whyUntidy({ path, text }: SourceFile): readonly string[] {
  const rules: readonly (readonly [string, boolean])[] = [
    ['has over 300 lines', text.trimEnd().split('\n').length > 300],
    ['has a default export', /^export\s+default\b|\bas\s+default\b/m.test(text)],
    ['exits the process', path !== 'src/main.ts' && /\bprocess\s*\.\s*(?:exit|abort|reallyExit)\b/.test(text)],
    ['is a barrel', /(?:^|\/)index\.ts$/.test(path)],
  ];
  return rules.filter(([, broken]) => broken).map(([what]) => `${path} ${what}`);
}

async function readSources(): Promise<readonly SourceFile[]> {
  const paths = await Array.fromAsync(new Bun.Glob('{src,e2e,bench,build,tests,examples}/**/*.ts').scan({ cwd: root }));
  const own = paths.filter((path) => !isWithin(path, 'src/sdk/pb')).toSorted();
  return Promise.all(own.map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })));
}

const sources = await readSources();
const arrows = sources.flatMap(({ path, text }) => importsOf(text).map((specifier) => ({ path, specifier })));

describe('the tree', () => {
  test('has files in every room that is always there', () => {
    const found = new Set(sources.map(({ path }) => roomOf(path)?.name));
    for (const { name } of rooms) {
      if (name !== 'src/sdk/pb' && name !== 'bench') expect(found).toContain(name);
    }
    expect(arrows.length).toBeGreaterThan(200);
  });

  test('imports along the arrows alone', () => {
    expect(arrows.flatMap(({ path, specifier }) => whyForbidden(path, specifier) ?? [])).toEqual([]);
  });

  test('imports nothing from the end-to-end tests, the build and the benchmark into the tests', () => {
    const outward = arrows.filter(({ path, specifier }) => {
      const target = posix.join(posix.dirname(path), specifier);
      if (!isWithin(path, 'tests') || !specifier.startsWith('.')) return false;
      return /^(?:e2e|bench)\//.test(target) || (isWithin(target, 'build') && !isWithin(path, 'tests/build'));
    });
    expect(outward).toEqual([]);
  });

  test('imports a path where the paths are listed and nowhere else', () => {
    const paths = arrows.filter(({ path, specifier }) => isWithin(path, 'src') && /\/path-[^/]+$/.test(specifier));
    const others = paths.filter(({ path }) => isWithin(path, 'src/engine') && path !== 'src/engine/backend.ts');
    expect(paths.length).toBeGreaterThan(0);
    expect(others).toEqual([]);
  });

  test('names no two files of the engine alike', () => {
    const names = sources.filter(({ path }) => isWithin(path, 'src/engine')).map(({ path }) => posix.basename(path));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('has no room of src that no table names', () => {
    const homeless = sources.filter(({ path }) => isWithin(path, 'src') && roomOf(path) === undefined);
    expect(homeless.map(({ path }) => path)).toEqual([]);
  });

  test('keeps to the rules for a file of src', () => {
    expect(sources.filter(({ path }) => isWithin(path, 'src')).flatMap(whyUntidy)).toEqual([]);
  });
});

describe('the table', () => {
  test('has no cycle', () => {
    const next = new Map(rooms.map(({ name, rooms: targets }) => [name, targets]));
    const reached = (from: string, seen: ReadonlySet<string>): readonly string[] =>
      (next.get(from) ?? []).flatMap((to) => (seen.has(to) ? [to] : [to, ...reached(to, new Set([...seen, to]))]));
    for (const { name } of rooms) expect(reached(name, new Set())).not.toContain(name);
  });
});

describe('the scanner sees', () => {
  const cases: readonly { readonly name: string; readonly text: string }[] = [
    { name: 'an import', text: "import { a } from './x.ts';" },
    { name: 'an import of types', text: "import type { A } from './x.ts';" },
    { name: 'an import over several lines', text: "import {\n  a,\n  type B,\n} from './x.ts';" },
    { name: 'an import for its effect', text: "import './x.ts';" },
    { name: 'a re-export', text: "export * from './x.ts';" },
    { name: 'an import at run time', text: "const x = await import('./x.ts');" },
    { name: 'a type taken by import', text: "let x: typeof import('./x.ts');" },
    { name: 'an import after another', text: "import 'y';\nimport { a } from './x.ts';" },
  ];
  for (const { name, text } of cases) {
    test(name, () => expect(importsOf(text)).toContain('./x.ts'));
  }
});

describe('the table forbids', () => {
  const cases: readonly (readonly [path: string, specifier: string])[] = [
    ['src/sdk/logical/storage.ts', '../framework/path.ts'],
    ['src/sdk/logical/storage.ts', 'node:fs'],
    ['src/sdk/framework/path.ts', '../plugin/serve.ts'],
    ['src/sdk/plugin/serve.ts', '../framework/backend.ts'],
    ['src/litellm/client.ts', '../sdk/logical/clock.ts'],
    ['src/engine/backend.ts', '../sdk/plugin/serve.ts'],
    ['src/engine/stored/entry-store.ts', '../config/config-entry.ts'],
    ['src/engine/roles/path-roles.ts', '../lease/secret-key.ts'],
    ['src/engine/keys/mount-keys.ts', '../tidy/tidy-pass.ts'],
    ['src/main.ts', './litellm/client.ts'],
    ['examples/engine/backend.ts', '../../src/litellm/client.ts'],
    ['examples/engine/backend.ts', '../../src/engine/fields/limits.ts'],
    ['build/compile.ts', '../src/version.ts'],
    ['e2e/lifecycle.test.ts', '../src/engine/backend.ts'],
    ['src/engine/backend.ts', './path-creds'],
  ];
  for (const [path, specifier] of cases) {
    test(`${specifier} in ${path}`, () => expect(whyForbidden(path, specifier)).toBeString());
  }
});

describe('the rules for a file forbid', () => {
  const cases: readonly { readonly name: string; readonly file: SourceFile }[] = [
    { name: 'length', file: { path: 'src/a.ts', text: 'a;\n'.repeat(301) } },
    { name: 'a default export', file: { path: 'src/a.ts', text: 'const a = 1;\nexport default a;\n' } },
    { name: 'a default export by renaming', file: { path: 'src/a.ts', text: 'export { a as default };\n' } },
    { name: 'ending the process', file: { path: 'src/a.ts', text: 'process.exit(1);\n' } },
    { name: 'a barrel', file: { path: 'src/engine/index.ts', text: '' } },
  ];
  for (const { name, file } of cases) {
    test(name, () => expect(whyUntidy(file)).toHaveLength(1));
  }

  test('nothing in an ordinary file', () => {
    expect(whyUntidy({ path: 'src/a.ts', text: 'process.exitCode = 1;\n'.repeat(300) })).toEqual([]);
  });
});
