import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { PythonError, pythonPackage } from '../../build/python.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { examples, shownCommands } from './shown-commands.ts';

// examples/kubernetes-vso and examples/kubernetes-eso: what their READMEs type, and their manifests against the operators' CRDs.

/** Comes with its CRDs from Go's module proxy. The other operator is not to be had there. */
const operator = 'github.com/external-secrets/external-secrets@v0.16.2';

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

async function why(command: readonly [string, ...string[]], env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([...command], { env: { ...process.env, ...env }, stdout: 'pipe', stderr: 'pipe' });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, stdout, said: stdout + stderr };
}

/** The folder with the operator's CRDs; undefined where it cannot be had here. */
async function crdFolder(): Promise<string | undefined> {
  if (Bun.which('go') === null) return undefined;
  const { code, stdout } = await why(['go', 'mod', 'download', '-json', operator], { GOFLAGS: '-mod=mod' });
  return code === 0 ? join((JSON.parse(stdout) as { readonly Dir: string }).Dir, 'config/crds/bases') : undefined;
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
const crds = checker === undefined ? undefined : await crdFolder();
// Repeated by whoever sums up a longer run.
if (crds === undefined)
  console.log('NOT RUN kubernetes-eso against its CRDs: they need Go, Python and the module proxy.');

const scratch = await mkdtemp(join(tmpdir(), 'crds-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('the manifests of kubernetes-eso', () => {
  async function check(manifest: Manifest): Promise<{ readonly code: number; readonly said: string }> {
    const [group = '', version = ''] = manifest.apiVersion.split('/');
    const file = `${group}_${manifest.kind.toLowerCase()}s.yaml`;
    const crd = Bun.YAML.parse(await Bun.file(join(crds ?? '', file)).text()) as CRD;
    const served = crd.spec.versions.find(({ name }) => name === version);
    if (served === undefined) throw new Error(`${file} has no version ${version}`);
    const whole = strict(served.schema.openAPIV3Schema) as { readonly properties: object };
    // What a cluster itself knows of every object.
    const schema = { ...whole, properties: { ...whole.properties, metadata: { type: 'object' } } };
    const [schemaFile, instance] = [join(scratch, 'schema.json'), join(scratch, 'manifest.json')];
    await Bun.write(schemaFile, JSON.stringify(schema));
    await Bun.write(instance, JSON.stringify(manifest));
    return await why(['python3', '-m', 'check_jsonschema', '--schemafile', schemaFile, instance], {
      PYTHONPATH: checker ?? '',
    });
  }

  if (crds === undefined) return;
  test('are what the CRDs of the operator want, and one with a misspelt field is not', async () => {
    const all = Bun.YAML.parse(
      await Bun.file(join(examples, 'kubernetes-eso/litellm.yaml')).text(),
    ) as readonly Manifest[];
    const own = all.filter(({ apiVersion }) => apiVersion.includes('external-secrets.io'));
    expect(own).toHaveLength(2);
    for (const manifest of own) {
      expect(await check(manifest)).toMatchObject({ code: 0 });
      const misspelt = { ...manifest, spec: { ...manifest.spec, refreshIntervall: '1m' } };
      expect(await check(misspelt)).toMatchObject({ code: 1, said: expect.stringContaining('refreshIntervall') });
    }
  }, 60_000);
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
