import { describe, expect, test } from 'bun:test';
import * as errors from '../../../src/sdk/logical/error.ts';
import { replicationState } from '../../../src/sdk/logical/replication-state.ts';
import { outcome, preparedBackend } from '../../harness/framework-backend.ts';

describe('an operation that is to be forwarded', () => {
  const { performanceStandby, performanceSecondary, drSecondary, performancePrimary } = replicationState;
  const cases = [
    { state: 0, local: false, forwarded: false },
    { state: performancePrimary, local: false, forwarded: false },
    { state: performanceStandby, local: false, forwarded: true },
    { state: performanceStandby, local: true, forwarded: true },
    { state: performanceSecondary, local: false, forwarded: true },
    { state: performanceSecondary, local: true, forwarded: false },
    { state: drSecondary, local: false, forwarded: false },
  ];
  for (const { state, local, forwarded } of cases) {
    test(`state ${state}, ${local ? 'local' : 'replicated'}: ${forwarded ? 'forwarded' : 'done here'}`, async () => {
      const { handle, called, system } = preparedBackend();
      Object.assign(system.values, { replicationState: state, localMount: local });
      const result = await outcome(handle({ path: 'creds', data: {} }));
      expect(result instanceof errors.ReadOnlyError).toBe(forwarded);
      expect(called).toEqual(forwarded ? [] : ['creds']);
    });
  }

  test('asks the host once', async () => {
    const { handle, system } = preparedBackend();
    await Promise.all([handle({ path: 'creds' }), handle({ path: 'creds' })]);
    await handle({ path: 'creds' });
    expect(system.calls.replicationState).toBe(1);
  });

  test('asks again after a failure', async () => {
    const { handle, system } = preparedBackend();
    system.failure = new Error('no host');
    expect(await outcome(handle({ path: 'creds' }))).toBe(system.failure);
    system.failure = undefined;
    expect(await handle({ path: 'creds' })).toEqual({ data: { ok: true } });
    expect(system.calls.replicationState).toBe(2);
  });

  test('is the only kind that asks', async () => {
    const { handle, system } = preparedBackend();
    await handle({ path: 'roles/a' });
    expect(system.calls.replicationState).toBe(0);
  });
});
