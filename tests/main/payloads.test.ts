import { describe, expect, test } from 'bun:test';
import { status } from '@grpc/grpc-js';
import { credsPath, expectSuccess, roleName, startConfiguredMount } from '../harness/configured-mount.ts';

const megabyte = 1_000_000;

describe('data that is not what a host sends', () => {
  const cases: readonly { readonly name: string; readonly dataJson: string }[] = [
    { name: 'broken off', dataJson: '{"models": "sk-test-not-a-real-key' },
    { name: 'no JSON', dataJson: 'sk-test-not-a-real-key' },
    { name: 'a list', dataJson: '["sk-test-not-a-real-key"]' },
    { name: 'a text', dataJson: '"sk-test-not-a-real-key"' },
    { name: 'a number', dataJson: '7' },
  ];
  for (const { name, dataJson } of cases) {
    test(`${name}: an error that does not show it, and the process lives on`, async () => {
      await using configured = await startConfiguredMount();
      const { host, mount } = configured;
      const failure = await mount
        .request({ operation: 'update', path: 'roles/a', dataJson })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: status.INTERNAL });
      expect(String(failure)).toContain("the request's data");
      expect(String(failure) + host.process.stderr).not.toContain('sk-test');
      expect(await host.health()).toMatchObject({ status: 1 });
      expect(mount.storage.keys).not.toContain('roles/a');
    });
  }

  for (const dataJson of ['', 'null', '{}']) {
    test(`"${dataJson}" is no data, and no error`, async () => {
      await using configured = await startConfiguredMount();
      expectSuccess(await configured.mount.request({ operation: 'create', path: 'roles/a', dataJson }));
    });
  }

  test('internal data of a lease that is no JSON: an error, and the process lives on', async () => {
    await using configured = await startConfiguredMount();
    const { host, mount } = configured;
    for (const internalDataJson of [
      '{',
      '[]',
      '{}',
      '',
      '{"secret_type": "other"}',
      '{"secret_type": "litellm_key"}',
    ]) {
      const revoked = mount.request({ operation: 'revoke', path: credsPath, secret: { internalDataJson } });
      const failure = await revoked.then(
        ({ fault }) => fault?.type,
        (error: { readonly code: number }) => error.code,
      );
      expect({ internalDataJson, failure }).toEqual({
        internalDataJson,
        failure: ['{', '[]'].includes(internalDataJson) ? status.INTERNAL : 0,
      });
    }
    expect(await host.health()).toMatchObject({ status: 1 });
  });

  test('a request without anything in it', async () => {
    await using configured = await startConfiguredMount();
    const { fault } = await configured.mount.request({ operation: '', path: '', dataJson: '' });
    // Unsupported path.
    expect(fault?.type).toBe(6);
  });
});

describe('big and odd values', () => {
  const big = 'x'.repeat(20 * megabyte);

  test('20 MB in a field that takes less: a short message', async () => {
    await using configured = await startConfiguredMount();
    const { mistake } = await configured.mount.write('roles/big', { key_alias_prefix: big });
    expect(mistake).toContain('key_alias_prefix');
    expect(mistake?.length).toBeLessThan(1_000);
    expect(configured.mount.storage.keys).not.toContain('roles/big');
  });

  test('20 MB in a number, and in a duration: a short message', async () => {
    await using configured = await startConfiguredMount();
    for (const field of ['max_budget', 'ttl']) {
      const { mistake } = await configured.mount.request({
        operation: 'update',
        path: 'roles/big',
        data: { [field]: '9'.repeat(20 * megabyte) },
      });
      expect(mistake).toContain(field);
      expect(mistake?.length).toBeLessThan(1_000);
    }
  });

  test('20 MB that may be stored come back as they were', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    expectSuccess(await mount.write('roles/big', { metadata: { note: big } }));
    // Compared by hand: a message with 40 MB in it helps nobody.
    expect(Bun.deepEquals((await mount.read('roles/big')).data?.['metadata'], { note: big })).toBe(true);
  });

  test('a field that there is not, and one that the path replaces: warnings', async () => {
    await using configured = await startConfiguredMount();
    const request = { operation: 'read', path: `roles/${roleName}`, data: { no_such_field: big, name: 'other' } };
    const { warnings } = expectSuccess(await configured.mount.request(request));
    expect(warnings).toEqual([expect.stringContaining('[no_such_field]'), expect.stringContaining('[name]')]);
    expect(warnings.join().length).toBeLessThan(1_000);
  });

  for (const text of ['🔑 schlüssel', '鍵', 'a\u0007b', '"quoted"\n\\']) {
    test(`${JSON.stringify(text)} comes back as it was`, async () => {
      await using configured = await startConfiguredMount();
      const { mount } = configured;
      expectSuccess(await mount.write('roles/odd', { models: [text], metadata: { note: text } }));
      expect((await mount.read('roles/odd')).data).toMatchObject({ models: [text], metadata: { note: text } });
    });
  }
});
