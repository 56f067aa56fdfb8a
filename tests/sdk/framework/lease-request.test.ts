import { describe, expect, test } from 'bun:test';
import * as errors from '../../../src/sdk/logical/error.ts';
import { outcome, preparedBackend } from '../../harness/framework-backend.ts';

describe('a lease', () => {
  const lease = (internalData: Readonly<Record<string, unknown>>) => ({
    ...{ ttl: 0, maxTTL: 0, renewable: true, increment: 0 },
    internalData,
  });
  for (const operation of ['renew', 'revoke']) {
    test(`${operation} goes by the type of its secret, whatever its path and data`, async () => {
      const { handle, called } = preparedBackend();
      await handle({ operation, path: 'nowhere', data: { key: 1 }, secret: lease({ secret_type: 'litellm_key' }) });
      expect(called).toEqual([operation]);
    });

    const unsupported = [{}, { secret_type: 5 }, { secret_type: 'other' }, { secret_type: '' }];
    for (const internalData of unsupported) {
      test(`${operation} with ${JSON.stringify(internalData)} is a fault that a host retries`, async () => {
        const { handle, called } = preparedBackend();
        const error = await outcome(handle({ operation, secret: lease(internalData) }));
        expect(String(error)).toContain('secret is unsupported by this backend');
        expect(error).not.toBeInstanceOf(errors.LogicalError);
        expect(called).toEqual([]);
      });
    }

    test(`${operation} without a secret is a fault`, async () => {
      const { handle } = preparedBackend();
      expect(String(await outcome(handle({ operation })))).toContain('request has no secret');
    });
  }

  test('whose secret cannot be renewed is unsupported', async () => {
    const { handle } = preparedBackend();
    const request = { operation: 'renew', secret: lease({ secret_type: 'fixed' }) };
    expect(await outcome(handle(request))).toBeInstanceOf(errors.UnsupportedOperationError);
  });
});
