import { expect, test } from 'bun:test';
import Long from 'long';
import type { HostConnection } from '../../../src/sdk/go-plugin/host-connection.ts';
import { createSystemViewClient } from '../../../src/sdk/plugin/system-view-client.ts';
import { systemViewService } from '../../../src/sdk/pb/services.ts';

/** A host that answers each call by its path, over the wire. */
function viewOf(replies: Readonly<Record<string, object>>) {
  const host: HostConnection = {
    call: async (method) => method.responseDeserialize(method.responseSerialize((replies[method.path] ?? {}) as never)),
    close: () => undefined,
  };
  return createSystemViewClient(host);
}

test('tells what the host tells, durations in seconds', async () => {
  const view = viewOf({
    [systemViewService.defaultLeaseTTL.path]: { ttl: Long.fromString('2764800000000000') },
    [systemViewService.maxLeaseTTL.path]: { ttl: Long.fromString('36000000000000000') },
    [systemViewService.tainted.path]: { tainted: true },
    [systemViewService.replicationState.path]: { state: 1 << 14 },
    [systemViewService.localMount.path]: { local: true },
    [systemViewService.pluginEnv.path]: { pluginEnvironment: { vaultVersion: '2.7.2' } },
  });
  expect(await view.defaultLeaseTTL()).toBe(2_764_800);
  expect(await view.maxLeaseTTL()).toBe(36_000_000);
  expect(await view.tainted()).toBe(true);
  expect(await view.replicationState()).toBe(1 << 14);
  expect(await view.localMount()).toBe(true);
  expect(await view.pluginEnv()).toEqual({ vaultVersion: '2.7.2' });
});

test('takes an empty answer for nothing, no and 0', async () => {
  const view = viewOf({});
  expect(await view.defaultLeaseTTL()).toBe(0);
  expect(await view.tainted()).toBe(false);
  expect(await view.replicationState()).toBe(0);
  expect(await view.localMount()).toBe(false);
  expect(await view.pluginEnv()).toEqual({ vaultVersion: '' });
});

test('says why the host does not tell its version', async () => {
  const view = viewOf({ [systemViewService.pluginEnv.path]: { err: 'missing' } });
  expect(await view.pluginEnv().catch(String)).toContain('missing');
});
