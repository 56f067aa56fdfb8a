import type { Entity, Group } from '../../src/sdk/logical/identity.ts';
import type { SystemView } from '../../src/sdk/logical/system-view.ts';

/** What a fake host answers; durations in seconds. */
export interface FakeSystemViewValues {
  defaultLeaseTTL: number;
  maxLeaseTTL: number;
  tainted: boolean;
  replicationState: number;
  localMount: boolean;
  vaultVersion: string;
  /** Whom the host knows; each has its id in it. */
  entities: readonly Entity[];
  /** The groups of each entity, by its id. */
  groups: Readonly<Record<string, readonly Group[]>>;
}

/** A system view that answers from `values`, which may change, and counts its calls. */
export interface FakeSystemView extends SystemView {
  readonly values: FakeSystemViewValues;
  readonly calls: Readonly<Record<keyof SystemView, number>>;
  /** When set, every call fails with it. */
  failure: Error | undefined;
}

/** A host with Vault's own defaults (32 days for both leases), but for what is given. */
export function fakeSystemView(given: Partial<FakeSystemViewValues> = {}): FakeSystemView {
  const month = 32 * 24 * 3600;
  const values: FakeSystemViewValues = {
    defaultLeaseTTL: month,
    maxLeaseTTL: month,
    tainted: false,
    replicationState: 0,
    localMount: false,
    vaultVersion: '1.0.0-test',
    entities: [],
    groups: {},
    ...given,
  };
  const calls: Record<keyof SystemView, number> = {
    defaultLeaseTTL: 0,
    maxLeaseTTL: 0,
    tainted: 0,
    replicationState: 0,
    localMount: 0,
    entityInfo: 0,
    groupsForEntity: 0,
    pluginEnv: 0,
  };
  const view: FakeSystemView = {
    values,
    calls,
    failure: undefined,
    defaultLeaseTTL: async () => answer('defaultLeaseTTL', values.defaultLeaseTTL),
    maxLeaseTTL: async () => answer('maxLeaseTTL', values.maxLeaseTTL),
    tainted: async () => answer('tainted', values.tainted),
    replicationState: async () => answer('replicationState', values.replicationState),
    localMount: async () => answer('localMount', values.localMount),
    entityInfo: async (entityId) =>
      answer(
        'entityInfo',
        values.entities.find(({ id }) => id === entityId),
      ),
    groupsForEntity: async (entityId) => answer('groupsForEntity', values.groups[entityId] ?? []),
    pluginEnv: async () => answer('pluginEnv', { vaultVersion: values.vaultVersion }),
  };
  function answer<T>(call: keyof SystemView, value: T): T {
    calls[call]++;
    if (view.failure !== undefined) throw view.failure;
    return value;
  }
  return view;
}
