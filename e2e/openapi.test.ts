import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'openapi-typescript-codegen';
import { type Json, objectOf, textOf } from './harness/engine-api.ts';
import { uniqueName } from './harness/issue-key.ts';
import { startStandIn } from './harness/litellm.ts';
import { describeEngines, useSuite } from './harness/suite.ts';

// An engine's own OpenAPI document goes through a generator from npm, and the client that comes out is used.

type Body = Readonly<Record<string, unknown>>;
type Operation = (options: Body) => Promise<Json | undefined>;

/** What the tests use of a generated client. */
interface Client {
  readonly OpenAPI: { BASE: string; HEADERS?: Readonly<Record<string, string>> };
  readonly SecretsService: Readonly<Record<string, Operation>>;
}

const methods = ['get', 'post', 'patch', 'delete'] as const;

describeEngines((engine) => {
  const suite = useSuite(engine, { litellm: startStandIn });

  describe('the OpenAPI document', () => {
    let folder = '';
    let paths: Readonly<Record<string, Json>> = {};
    let client: Client | undefined;

    beforeAll(async () => {
      const { server } = suite();
      const { body } = await server.api('GET', 'sys/internal/specs/openapi');
      const own = Object.entries(objectOf(body['paths'])).filter(([path]) => path.startsWith('/litellm/'));
      paths = Object.fromEntries(own);
      folder = await mkdtemp(join(tmpdir(), 'client-'));
      await generate({ input: { ...body, paths }, output: folder, httpClient: 'fetch', useOptions: true });
      client = (await import(join(folder, 'index.ts'))) as Client;
      client.OpenAPI.BASE = `${server.address}/v1`;
      client.OpenAPI.HEADERS = { 'X-Vault-Token': server.rootToken };
    }, 60_000);
    afterAll(async () => rm(folder, { recursive: true, force: true }));

    async function call(name: string, options: Body = {}): Promise<Readonly<Record<string, Json>>> {
      const operation = client?.SecretsService[name];
      if (operation === undefined) {
        throw new Error(`no ${name} among ${Object.getOwnPropertyNames(client?.SecretsService).join(', ')}`);
      }
      return objectOf((await operation(options)) ?? null);
    }

    test('names every operation, once, and tells what it answers', () => {
      const operations = Object.entries(paths).flatMap(([path, item]) =>
        methods.flatMap((method) => {
          const operation = objectOf(objectOf(item)[method]);
          return Object.keys(operation).length === 0 ? [] : [{ path, method, operation }];
        }),
      );
      const ids = operations.map(({ operation }) => textOf(operation['operationId']));
      expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
      for (const { path, method, operation } of operations) {
        const id = textOf(operation['operationId']);
        expect(id).toMatch(/^litellm-[a-z]+(?:-[a-z]+)*$/);
        const answers = Object.entries(objectOf(operation['responses']));
        expect({ path, method, answers: answers.length > 0 }).toMatchObject({ answers: true });
        for (const [, answer] of answers) expect(textOf(objectOf(answer)['description'])).not.toBe('OK');
      }
    });

    test("of the mount alone has the schema of every answer with data, which is lost in the engine's", async () => {
      const { body } = await suite().server.api('GET', 'litellm?help=1');
      const document = objectOf(body['openapi']);
      const schemas = objectOf(objectOf(document['components'])['schemas']);
      for (const [path, item] of Object.entries(objectOf(document['paths']))) {
        const responses = objectOf(objectOf(objectOf(item)['get'])['responses']);
        if (Object.keys(responses).length === 0) continue;
        const content = objectOf(objectOf(objectOf(responses['200'])['content'])['application/json']);
        const reference = textOf(objectOf(content['schema'])['$ref'] ?? `${path} has none`);
        expect(Object.keys(schemas)).toContain(reference.replace('#/components/schemas/', ''));
      }
    });

    test('gives a client that issues a key', async () => {
      const { litellm, models } = suite();
      const name = uniqueName('generated');
      await call('litellmConfigure', { requestBody: { base_url: litellm.url, master_key: litellm.masterKey } });
      await call('litellmWriteRole', { name, requestBody: { models: [models[0]], ttl: '1h', max_budget: 5 } });
      await call('litellmPatchRole', { name, requestBody: { max_budget: null, metadata: { by: 'a client' } } });
      expect((await call('litellmReadRole', { name }))['data']).toMatchObject({ max_budget: 0 });
      const { keys } = objectOf((await call('litellmListRoles', { list: 'true' }))['data']);
      expect(keys).toContain(name);
      for (const issued of [
        await call('litellmGenerateCredentials', { name, ttl: '5m' }),
        await call('litellmGenerateCredentialsWithParameters', { name, requestBody: { ttl: '5m' } }),
      ]) {
        expect(issued).toMatchObject({ lease_duration: 300 });
        expect(await litellm.chat(textOf(objectOf(issued['data'])['key']), models[0])).toBe(200);
      }
      await call('litellmDeleteRole', { name });
    });
  });
});
