import { expect, test } from 'bun:test';
import { credsPath, type Lease, readLease, startConfiguredMount } from '../harness/configured-mount.ts';

// By this variable Bun prints every request with its headers, unless a request says otherwise.
const environments = [{}, { BUN_CONFIG_VERBOSE_FETCH: 'curl' }];

test.each(environments)(
  'standard error has hclog lines and nothing else, and no key in them, with %j',
  async (environment) => {
    const leases: Lease[] = [];
    let stderr = '';
    let stdout = '';
    let masterKey = '';
    const wrongMasterKey = 'sk-test-not-a-real-wrong-master-key';
    {
      await using configured = await startConfiguredMount({ host: { environment } });
      const { host, mount, litellm } = configured;
      ({ masterKey } = litellm);
      leases.push(await readLease(mount), await readLease(mount));
      const [first] = leases;

      // Everything that can go wrong and has a secret at hand.
      await mount.write('config', { master_key: wrongMasterKey });
      await mount.write('config', { master_key: wrongMasterKey, base_url: 'http://127.0.0.1:1' });
      const lost = { operation: 'read', path: credsPath };
      litellm.faults.next({ kind: 'drop-after-effect', path: '/key/generate' });
      litellm.faults.next({ kind: 'status', path: '/key/block', body: { error: { message: `no ${masterKey}` } } });
      const blocked = litellm.handled('/key/block');
      await mount.request(lost);
      await blocked;
      litellm.faults.next({ kind: 'status', path: '/key/block' });
      await mount.request({
        operation: 'revoke',
        path: credsPath,
        data: first?.data ?? {},
        secret: first?.secret ?? {},
      });
      litellm.faults.next({ kind: 'status', path: '/key/block' });
      await mount.request({ operation: 'rollback', path: '', data: { immediate: true } });
      await mount
        .request({ operation: 'update', path: 'config', dataJson: `{"master_key": "${masterKey}"` })
        .catch(() => undefined);
      await host
        .mount()
        .read('config')
        .catch(() => undefined);
      await host.shutdown();
      await host.process.ended;
      ({ stderr, stdout } = host.process);
    }

    const lines = stderr.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        '@level': expect.stringMatching(/^(trace|debug|info|warn|error)$/),
        '@message': expect.stringMatching(/./),
        '@module': 'vault-plugin-secrets-litellm',
        '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      });
    }
    const secrets = [masterKey, wrongMasterKey, ...leases.map(({ key }) => key)];
    for (const secret of secrets) expect(stderr + stdout).not.toContain(secret);
    expect(stderr).not.toMatch(/sk-[A-Za-z0-9]/);
    expect(stdout.split('\n')).toHaveLength(2);
  },
);
