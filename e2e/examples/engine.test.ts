import { beforeAll, expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { objectOf, textOf } from '../harness/engine-api.ts';
import { mountPlugin, registerPlugin } from '../harness/plugin.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { until } from '../harness/until.ts';

// examples/engine, which is built on src/sdk alone, as a plugin of its own in a real engine.

const name = 'vault-plugin-secrets-passwords';
const root = resolve(import.meta.dir, '../..');
const binary = resolve(root, 'dist', name);

beforeAll(async () => {
  const words = ['build/compile.ts', '--entry', 'examples/engine/main.ts', '--name', name];
  const built = await Bun.$`${process.execPath} run ${words}`.cwd(root).nothrow().quiet();
  if (built.exitCode !== 0) throw new Error(`building it ended with ${built.exitCode}: ${built.stderr.toString()}`);
}, 180_000);

describeEngines((engine) => {
  const suite = useSuite(engine, { bare: true });

  const api: ReturnType<typeof suite>['server']['api'] = (...call) => suite().server.api(...call);

  beforeAll(async () => {
    const { server } = suite();
    await registerPlugin(server, { name, binary });
    await mountPlugin(server, 'passwords', name);
  });

  async function isAlive(password: string): Promise<boolean> {
    return (await api('POST', 'passwords/check', { password })).data['alive'] === true;
  }

  /** Types a line as the page and the example's README show it. */
  async function type(line: string): Promise<string> {
    const { code, stdout, stderr } = await suite().cli.shell(line.replace(/^bao /, `${engine.command} `));
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    return stdout;
  }

  test('the commands of its README make, renew and end a password', async () => {
    const readme = await Bun.file(resolve(root, 'examples/engine/README.md')).text();
    const lines = [...readme.matchAll(/^(bao (?!plugin|secrets).*)$/gm)].map(([, line = '']) => line);
    let lease = '';
    let password = '';
    const seen: string[] = [];
    for (const line of lines) {
      const printed = await type(line.replace('<lease_id>', lease).replace('<password>', password));
      seen.push(line.split(' ').slice(1, 3).join(' '));
      if (line.includes(' read ')) {
        lease = /^lease_id\s+(\S+)$/m.exec(printed)?.[1] ?? '';
        password = /^password\s+(\S+)$/m.exec(printed)?.[1] ?? '';
        expect(password).toHaveLength(32);
        expect(printed).toMatch(/^lease_duration\s+1h$/m);
      }
      if (line.includes('/check')) expect(printed).toMatch(/^alive\s+true$/m);
    }
    expect(seen).toEqual([
      'write passwords/config',
      'write passwords/roles/door',
      'read passwords/creds/door',
      'write passwords/check',
      'lease renew',
      'lease revoke',
    ]);
    await until('the password is dead', 20, async () => !(await isAlive(password)));
  });

  test('a lease is renewed by the role as it is now, and ends by itself', async () => {
    await api('POST', 'passwords/roles/brief', { ttl: '20m', max_ttl: '1h' });
    const { body, data } = await api('GET', 'passwords/creds/brief');
    expect(body).toMatchObject({ lease_duration: 1200, renewable: true });
    const password = textOf(data['password']);
    await api('POST', 'passwords/roles/brief', { ttl: '2s', max_ttl: '1h' });
    const renewed = await api('PUT', 'sys/leases/renew', { lease_id: body['lease_id'] });
    expect(renewed.body).toMatchObject({ lease_id: body['lease_id'], lease_duration: 2 });
    expect(await isAlive(password)).toBe(true);
    await until('the password is dead', 30, async () => !(await isAlive(password)));
  });

  test('it tells mistakes, and lists its paths', async () => {
    expect(await api('POST', 'passwords/config', { length: 3 })).toMatchObject({
      status: 400,
      errors: 'length must be 12 to 128',
    });
    expect(await api('GET', 'passwords/creds/nobody')).toMatchObject({
      status: 400,
      errors: expect.stringContaining('there is no role "nobody"'),
    });
    const { data, body } = await api('GET', 'passwords?help=1');
    const help = objectOf(body['help'] === undefined ? data : body);
    expect(textOf(help['help'])).toContain('creds/');
  });

  test('another mount has its own configuration and passwords', async () => {
    await api('POST', 'passwords/roles/own', {});
    const own = textOf((await api('GET', 'passwords/creds/own')).data['password']);
    await mountPlugin(suite().server, 'others', name);
    await api('POST', 'others/roles/own', {});
    const other = textOf((await api('GET', 'others/creds/own')).data['password']);
    expect([own.length, other.length]).toEqual([32, 24]);
    expect((await api('POST', 'others/check', { password: own })).data).toEqual({ alive: false });
    expect((await api('DELETE', 'sys/mounts/others')).status).toBe(204);
  });
});
