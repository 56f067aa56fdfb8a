import { expect, test } from 'bun:test';
import Long from 'long';
import type { HostConnection } from '../../../src/sdk/go-plugin/host-connection.ts';
import { createSystemViewClient } from '../../../src/sdk/plugin/system-view-client.ts';
import { logical } from '../../../src/sdk/pb/pb.js';
import { systemViewService } from '../../../src/sdk/pb/services.ts';
import { readTable } from '../../golden/read-table.ts';

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

test('tells who an entity is and its groups, as Go has encoded them', async () => {
  const [subject] = readTable<{ readonly entity: string; readonly groups: readonly string[] }>('identity-subjects');
  const view = viewOf({
    [systemViewService.entityInfo.path]: { entity: logical.Entity.decode(Buffer.from(subject?.entity ?? '', 'hex')) },
    [systemViewService.groupsForEntity.path]: {
      groups: subject?.groups.map((group) => logical.Group.decode(Buffer.from(group, 'hex'))),
    },
  });
  const entity = await view.entityInfo('entity-id');
  expect(entity).toMatchObject({
    id: 'entity-id',
    name: 'entity-name',
    disabled: true,
    namespaceId: 'entity-namespace',
  });
  expect(Object.entries(entity?.metadata ?? {})).toEqual(
    expect.arrayContaining([
      ['team', 'a'],
      ['empty', ''],
      ['__proto__', 'plain'],
    ]),
  );
  expect(entity?.aliases[0]).toEqual({
    id: 'alias-id',
    mountType: 'userpass',
    mountAccessor: 'auth_userpass_1',
    name: 'alias-name',
    metadata: { from: 'mount' },
    customMetadata: { from: 'operator', 'x.y': 'dotted' },
    namespaceId: 'alias-namespace',
  });
  const [group] = await view.groupsForEntity('entity-id');
  expect(group).toEqual({
    id: 'group-id',
    name: 'group-name',
    metadata: { cost: 'center', empty: '', 'a.b': 'dotted' },
    namespaceId: 'group-namespace',
  });
});

test('knows nobody where the host knows nobody', async () => {
  const view = viewOf({});
  expect(await view.entityInfo('')).toBeUndefined();
  expect(await view.groupsForEntity('')).toEqual([]);
});

test('takes what an entity does not say for nothing', async () => {
  const view = viewOf({ [systemViewService.entityInfo.path]: { entity: { aliases: [{}] } } });
  const nothing = { id: '', name: '', metadata: {}, namespaceId: '' };
  expect(await view.entityInfo('e')).toEqual({
    ...nothing,
    disabled: false,
    aliases: [{ ...nothing, mountType: '', mountAccessor: '', customMetadata: {} }],
  });
});

test('says why the host does not tell of an entity', async () => {
  const view = viewOf({
    [systemViewService.entityInfo.path]: { err: 'missing system view' },
    [systemViewService.groupsForEntity.path]: { err: 'missing system view' },
  });
  expect(await view.entityInfo('e').catch(String)).toContain('missing system view');
  expect(await view.groupsForEntity('e').catch(String)).toContain('missing system view');
});
