import { describe, expect, test } from 'bun:test';
import { credsPath, expectSuccess, readLease, roleName, startConfiguredMount } from '../harness/configured-mount.ts';

/** By these numbers a host tells faults apart: sdk/plugin/pb/translation.go. */
const errorType = { unknown: 0, userError: 1, codedError: 3, unsupportedOperation: 5, unsupportedPath: 6 } as const;

const paths = ['config', 'roles', 'roles/', `roles/${roleName}`, credsPath];
const noPaths = ['', 'creds/', 'no/such/path', 'roles/../config'];

describe('operations that no backend knows', () => {
  // OpenBao sends the first before it has looked at a token: an effect here would be one without authorisation.
  for (const operation of ['resolve-path', 'alias-lookahead', 'made-up-operation', 'READ', 'constructor', '']) {
    test(`"${operation}" is unsupported on every path as on one that there is not, and has no effect`, async () => {
      await using configured = await startConfiguredMount();
      const { mount, litellm } = configured;
      const storageCalls = mount.storage.totalCalls;
      const { systemCalls } = mount;
      const requests = litellm.requests.length;
      for (const path of [...paths, ...noPaths]) {
        const data = { base_url: 'http://127.0.0.1:1', master_key: 'sk-test-not-a-real-key-0', models: 'gpt-4o' };
        const { fault, data: answered, secret } = await mount.request({ operation, path, data });
        expect({ path, type: fault?.type, answered, secret }).toEqual({
          path,
          type: noPaths.includes(path) ? errorType.unsupportedPath : errorType.unsupportedOperation,
          answered: undefined,
          secret: undefined,
        });
      }
      expect(mount.storage.totalCalls).toBe(storageCalls);
      expect(mount.systemCalls).toBe(systemCalls);
      expect(litellm.requests.length).toBe(requests);
    });
  }
});

describe('what becomes a status in the host', () => {
  test('405: an operation that the path does not offer', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    const cases = [
      { operation: 'list', path: 'config' },
      { operation: 'patch', path: credsPath },
      { operation: 'read', path: 'roles/' },
      { operation: 'delete', path: credsPath },
      { operation: 'create', path: credsPath },
    ];
    for (const request of cases) {
      const { fault } = await mount.request(request);
      expect({ ...request, type: fault?.type }).toEqual({ ...request, type: errorType.unsupportedOperation });
    }
  });

  test('404: a path that there is not', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    for (const path of ['no/such/path', 'roles/.hidden', 'roles/a/b', 'creds/', 'conf', 'configs']) {
      const { fault } = await mount.read(path);
      expect({ path, type: fault?.type }).toEqual({ path, type: errorType.unsupportedPath });
      const check = await mount.existenceCheck({ operation: 'update', path });
      expect({ path, type: check.fault?.type }).toEqual({ path, type: errorType.unsupportedPath });
    }
  });

  test('404: nothing is there to be read, which is no response at all', async () => {
    await using configured = await startConfiguredMount();
    expect(await configured.mount.read('roles/absent')).toMatchObject({ data: undefined, fault: undefined });
  });

  test('400: a mistake of the user is a response and no fault', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    const { fault, mistake } = await mount.write(`roles/${roleName}`, { ttl: '2h', max_ttl: '1h' });
    expect(fault).toBeUndefined();
    expect(mistake).toContain('ttl');
    expect((await mount.read('creds/absent')).mistake).toContain('"absent"');
  });

  test("400: a field that can't be read is the user's error in an existence check", async () => {
    await using configured = await startConfiguredMount();
    const request = { operation: 'update', path: 'roles/new', data: { max_budget: 'plenty' } };
    const { fault } = await configured.mount.existenceCheck(request);
    expect(fault).toMatchObject({ type: errorType.userError });
    expect(fault?.message).toContain('max_budget');
  });

  test('502 and 504: LiteLLM is at fault', async () => {
    await using configured = await startConfiguredMount();
    const { mount, litellm } = configured;
    litellm.faults.next({ kind: 'html', path: '/key/generate' });
    expect((await mount.read(credsPath)).fault).toMatchObject({ type: errorType.codedError, code: 502 });
    expectSuccess(await mount.write('config', { request_timeout: 1 }));
    litellm.faults.next({ kind: 'hang', path: '/key/generate' });
    expect((await mount.read(credsPath)).fault).toMatchObject({ type: errorType.codedError, code: 504 });
  });

  test('what the storage says reaches the host as it came, and the log says where', async () => {
    await using configured = await startConfiguredMount();
    const { mount, host } = configured;
    for (const text of ['Vault is sealed', 'permission denied', 'overloaded, try again later', 'the disk is gone']) {
      mount.storage.intercept = () => {
        throw new Error(text);
      };
      const { fault } = await mount.read('config');
      expect(fault).toEqual({ type: errorType.unknown, code: 0, message: text });
      const line = `{"operation":"read","key":"config","error":"${text}","@level":"warn","@message":"the storage refused"`;
      expect(host.process.stderr).toContain(line);
    }
  });

  test('400: a path that the storage takes for a relative one', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    mount.storage.intercept = (_call, key) => {
      if (key === 'roles/relative') throw new Error('relative paths not supported');
    };
    for (const path of ['roles/relative', 'creds/relative']) {
      const { fault } = await mount.read(path);
      // By this text the host knows it.
      expect(fault).toEqual({ type: errorType.unknown, code: 0, message: 'relative paths not supported' });
    }
    const { fault } = await mount.existenceCheck({ operation: 'update', path: 'roles/relative' });
    expect(fault).toEqual({ type: errorType.userError, code: 0, message: 'relative paths not supported' });
  });

  test('400: a role that is too large for the storage', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    const text = 'put failed due to value being too large; got 1048999 bytes, max: 1048576 bytes';
    mount.storage.intercept = (call) => {
      if (call === 'put') throw new Error(text);
    };
    const { fault } = await mount.write('roles/large', {});
    expect(fault).toMatchObject({ type: errorType.codedError, code: 400 });
    expect(fault?.message).toBe(
      `"roles/large" is too large for the storage, and nothing was stored: write less to it (${text})`,
    );
  });

  test('a revocation that fails is one that the host tries again', async () => {
    await using configured = await startConfiguredMount();
    const { mount, litellm } = configured;
    const { secret } = await readLease(mount);
    litellm.faults.next({ kind: 'status', times: 10 });
    const { fault } = await mount.request({ operation: 'revoke', path: credsPath, secret });
    // By 5, 6, 7 and 10 the host would give the lease up.
    expect(fault?.type).toBe(errorType.unknown);
  });
});

describe('create and update', () => {
  test('a write is a create where nothing is, and an update after that', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    const check = async (path: string) => await mount.existenceCheck({ operation: 'update', path });
    expect(await check('roles/new')).toEqual({ checkFound: true, exists: false, fault: undefined });
    expectSuccess(await mount.request({ operation: 'create', path: 'roles/new' }));
    expect(await check('roles/new')).toEqual({ checkFound: true, exists: true, fault: undefined });
    expect(await check(credsPath)).toEqual({ checkFound: false, exists: false, fault: undefined });
  });

  test('what is sealed more strictly is stored so', async () => {
    await using configured = await startConfiguredMount();
    const { storage } = configured.mount;
    expect(storage.peekEntry('config')?.sealWrap).toBe(true);
    expect(storage.peekEntry(`roles/${roleName}`)?.sealWrap).toBe(false);
  });

  test('a list, which is empty where nothing is', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    expectSuccess(await mount.write('roles/another', {}));
    const list = { operation: 'list', path: 'roles/' };
    expect((await mount.request(list)).data).toEqual({ keys: ['another', roleName] });
    for (const role of ['another', roleName]) {
      expectSuccess(await mount.request({ operation: 'delete', path: `roles/${role}` }));
    }
    expect((await mount.request(list)).data).toEqual({});
  });
});
