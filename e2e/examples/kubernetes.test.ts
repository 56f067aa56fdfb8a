import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { PythonError, pythonPackage } from '../../build/python.ts';
import { type Outcome, runProgram } from '../../build/run-program.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { examples, shownCommands } from './shown-commands.ts';

// examples/kubernetes-vso and examples/kubernetes-eso: what their READMEs type, and their manifests against the operators' CRDs.

/** The operators, as Go modules with their CRDs in them. A module proxy may not serve one: then it is named as not run. */
const operators = [
  {
    example: 'kubernetes-eso',
    module: 'github.com/external-secrets/external-secrets@v0.16.2',
    files: ['litellm.yaml'],
    /** `external-secrets.io` and `generators.external-secrets.io`. */
    group: 'external-secrets.io',
    kinds: ['VaultDynamicSecret', 'ExternalSecret'],
  },
  {
    example: 'kubernetes-vso',
    module: 'github.com/hashicorp/vault-secrets-operator@v1.4.1',
    files: ['litellm.yaml', 'static.yaml'],
    group: 'secrets.hashicorp.com',
    kinds: ['VaultConnection', 'VaultAuth', 'VaultDynamicSecret', 'VaultDynamicSecret'],
  },
] as const;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: object;
}

interface CRD {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: object } }[];
  };
}

/** A CRD's schema as one that refuses fields that are not in it, as a cluster would. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strict(value)]));
  const closed = copy['properties'] !== undefined && copy['x-kubernetes-preserve-unknown-fields'] !== true;
  return closed && copy['additionalProperties'] === undefined ? { ...copy, additionalProperties: false } : copy;
}

/** The folder of an operator's module; undefined where it cannot be had here. */
async function moduleFolder(module: string): Promise<string | undefined> {
  if (checker === undefined || Bun.which('go') === null) return undefined;
  const env = { ...process.env, GOFLAGS: '-mod=mod' };
  const { code, stdout } = await runProgram(['go', 'mod', 'download', '-json', module], { env });
  return code === 0 ? (JSON.parse(stdout) as { readonly Dir: string }).Dir : undefined;
}

/** The CRD of a manifest, wherever the module has it. */
async function crdOf({ apiVersion, kind }: Manifest, folder: string): Promise<CRD> {
  const name = `${apiVersion.split('/')[0]}_${kind.toLowerCase()}s.yaml`;
  for await (const file of new Bun.Glob(`config/{crd,crds}/bases/${name}`).scan({ cwd: folder })) {
    return Bun.YAML.parse(await Bun.file(join(folder, file)).text()) as CRD;
  }
  throw new Error(`${folder} has no ${name}`);
}

const checkerVersion = (
  JSON.parse(await Bun.file(join(examples, '../package.json')).text()) as { config: Record<string, string> }
).config['check-jsonschema'];
const checker = await pythonPackage({ name: 'check-jsonschema', version: checkerVersion ?? '', least: [3, 9] }).catch(
  (error: unknown) => {
    if (error instanceof PythonError) return undefined;
    throw error;
  },
);
const modules = await Promise.all(
  operators.map(async (operator) => ({ ...operator, folder: await moduleFolder(operator.module) })),
);
for (const { example, module, folder } of modules) {
  // Repeated by whoever sums up a longer run.
  if (folder === undefined)
    console.log(
      `NOT RUN examples/${example} against its CRDs: they need Python, and Go with a module proxy that serves ${module}.`,
    );
}

const scratch = await mkdtemp(join(tmpdir(), 'crds-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('the manifests', () => {
  async function check(manifest: Manifest, folder: string): Promise<Outcome> {
    const version = manifest.apiVersion.split('/')[1];
    const served = (await crdOf(manifest, folder)).spec.versions.find(({ name }) => name === version);
    if (served === undefined) throw new Error(`the CRD of ${manifest.kind} has no version ${version}`);
    const whole = strict(served.schema.openAPIV3Schema) as { readonly properties: object };
    // What a cluster itself knows of every object.
    const schema = { ...whole, properties: { ...whole.properties, metadata: { type: 'object' } } };
    const [schemaFile, instance] = [join(scratch, 'schema.json'), join(scratch, 'manifest.json')];
    await Bun.write(schemaFile, JSON.stringify(schema));
    await Bun.write(instance, JSON.stringify(manifest));
    return await runProgram(['python3', '-m', 'check_jsonschema', '--schemafile', schemaFile, instance], {
      env: { ...process.env, PYTHONPATH: checker },
    });
  }

  for (const { example, files, group, kinds, folder } of modules) {
    if (folder === undefined) continue;
    test(`of ${example} are what the CRDs of the operator want, and one with a misspelt field is not`, async () => {
      const texts = await Promise.all(files.map((file) => Bun.file(join(examples, example, file)).text()));
      // A file of one manifest is that, and no list.
      const all = texts.flatMap((text) => Bun.YAML.parse(text) as Manifest | readonly Manifest[]);
      const own = all.filter(({ apiVersion }) => apiVersion.includes(group));
      expect(own.map(({ kind }) => kind)).toEqual([...kinds]);
      for (const manifest of own) {
        expect(await check(manifest, folder)).toMatchObject({ code: 0 });
        const misspelt = { ...manifest, spec: { ...manifest.spec, pathh: 'creds/app' } };
        expect(await check(misspelt, folder)).toMatchObject({ code: 1, stdout: expect.stringContaining('pathh') });
      }
    }, 60_000);
  }
});

describeEngines((engine) => {
  // The Vault that stands here is built without this auth method.
  if (engine.name === 'vault') return;
  const suite = useSuite(engine);

  for (const example of ['kubernetes-vso', 'kubernetes-eso']) {
    test(`the commands of ${example} prepare the engine`, async () => {
      const { server, cli, models } = suite();
      await server.api('DELETE', 'sys/auth/kubernetes');
      const commands = (await shownCommands(example)).filter((line) => line.startsWith('bao '));
      expect(commands).toHaveLength(5);
      for (const line of commands) {
        const certificate = join(server.folder, 'ca.pem');
        await Bun.write(certificate, rootCertificates[0] ?? '');
        const typed = line
          .replace('gpt-4o-mini', models[0])
          // It runs in no cluster, where it would find a certificate and a token.
          .replace('kubernetes_host=', `disable_local_ca_jwt=true kubernetes_ca_cert=@${certificate} kubernetes_host=`);
        const { code, stderr } = await cli.shell(`cd ${join(examples, example)} && ${typed}`);
        expect({ typed, code, stderr }).toEqual({ typed, code: 0, stderr: '' });
      }
      const { data } = await server.api('GET', 'auth/kubernetes/role/litellm-app');
      expect(data).toMatchObject({ token_policies: ['litellm-app'], audience: 'openbao' });
    });
  }
});
