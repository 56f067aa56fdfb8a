import { beforeAll, expect, test } from 'bun:test';
import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { textOf } from '../harness/engine-api.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { until } from '../harness/until.ts';
import { examples } from './shown-commands.ts';

// examples/ci: the script of a run, and what its README prepares, with a key pair of this test in place of a CI's.

const folder = join(examples, 'ci');
const readme = await Bun.file(join(folder, 'README.md')).text();
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A token as GitHub signs one. */
function tokenOf(claims: Readonly<Record<string, unknown>>): string {
  const now = Math.floor(Date.now() / 1000);
  const whole = { iss: 'test', sub: 'repo:example/evaluate', aud: 'openbao', iat: now, exp: now + 300, ...claims };
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(whole)}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

describeEngines((engine) => {
  const suite = useSuite(engine);
  const env = { LITELLM_ENGINE: engine.command, LITELLM_CREDS: 'litellm/creds/ci', [`${engine.prefix}_TOKEN`]: '' };
  const byJWT = (claims: Readonly<Record<string, unknown>> = {}) => ({
    ...env,
    JWT_ROLE: 'litellm-ci',
    CI_JWT: tokenOf({ repository: 'example/evaluate', ref: 'refs/heads/main', ...claims }),
  });

  beforeAll(async () => {
    const { server, cli, models } = suite();
    expect(blocks).toHaveLength(3);
    await Bun.write(join(server.folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    for (const block of blocks) {
      const typed = block
        .replaceAll(/^bao /gm, `${engine.command} `)
        .replace('gpt-4o-mini', models[0])
        .replace('policy.hcl', join(folder, 'policy.hcl'))
        .replace(/oidc_discovery_url=\S+/, `jwt_validation_pubkeys=@${server.folder}/public.pem`);
      const { code, stderr } = await cli.shell(typed);
      expect({ typed, code, stderr }).toEqual({ typed, code: 0, stderr: '' });
    }
  });

  const run = (command: string, more: Readonly<Record<string, string>>) =>
    suite().cli.shell(`${join(folder, 'with-litellm-key')} ${command}`, more);
  const printKey = `sh -c 'printf %s "$OPENAI_API_KEY"; test -z "\${CI_JWT:-}\${SECRET_ID:-}"'`;

  async function approle(): Promise<Readonly<Record<string, string>>> {
    const { server } = suite();
    const { data: role } = await server.api('GET', 'auth/approle/role/ci/role-id');
    const { data: secret } = await server.api('POST', 'auth/approle/role/ci/secret-id');
    return { ...env, ROLE_ID: textOf(role['role_id']), SECRET_ID: textOf(secret['secret_id']) };
  }

  for (const { name, who } of [
    { name: 'by a signed token', who: async () => byJWT() },
    { name: 'by AppRole', who: approle },
  ]) {
    test(`${name} a run has a key, which ends with the run`, async () => {
      const { litellm, models } = suite();
      const { code, stdout: key, stderr } = await run(printKey, await who());
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(key).toMatch(/^sk-\S+$/);
      await until('the key is refused', 30, async () => (await litellm.chat(key, models[0])) === 401);
      await until('the key is gone', 30, async () => (await litellm.keysLike('vault-ci-')).length === 0);
    });
  }

  test('the key works while the run lasts', async () => {
    const { server, litellm, models } = suite();
    const asking = join(server.folder, 'ask.ts');
    const body = { model: models[0], messages: [{ role: 'user', content: 'Hello' }] };
    await Bun.write(
      asking,
      `const headers = { Authorization: \`Bearer \${process.env['OPENAI_API_KEY']}\`, 'Content-Type': 'application/json' };
const body = ${JSON.stringify(JSON.stringify(body))};
console.log((await fetch('${litellm.url}/v1/chat/completions', { method: 'POST', headers, body })).status);`,
    );
    const said = await run(`'${process.execPath}' run '${asking}'`, byJWT());
    expect(said).toEqual({ code: 0, stdout: '200\n', stderr: '' });
  });

  test('a run that fails ends its key and keeps its exit code', async () => {
    const { litellm } = suite();
    expect(await run("sh -c 'exit 7'", byJWT())).toMatchObject({ code: 7, stdout: '' });
    await until('the key is gone', 30, async () => (await litellm.keysLike('vault-ci-')).length === 0);
  });

  test('a run of another branch gets no key', async () => {
    const { litellm } = suite();
    const refused = await run(printKey, byJWT({ ref: 'refs/heads/other' }));
    expect(refused).toMatchObject({ stdout: '', stderr: expect.stringContaining('claim "ref"') });
    expect(refused.code).not.toBe(0);
    expect(await litellm.keysLike('vault-ci-')).toEqual([]);
  });
});
