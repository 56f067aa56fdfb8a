import { describe, expect, test } from 'bun:test';
import Long from 'long';
import type { pb } from '../../src/sdk/pb/pb.js';
import { credsPath, expectSuccess, type Lease, readLease, startConfiguredMount } from '../harness/configured-mount.ts';
import { nanoseconds } from '../harness/plugin-host/host-services.ts';

const hour = 3600;
/** `errutil.UserError` on the wire. */
const userError = 1;
const role = { ttl: '1h', max_ttl: '24h' };

/** The secret as a host sends it when a lease is renewed: what it kept, and the client's wish. */
function renewing({ secret }: Lease, { increment = 0, issuedAgo = 0 } = {}): pb.Secret.$Shape {
  const now = Math.floor(Date.now() / 1000);
  return {
    internalDataJson: secret.internalDataJson ?? '',
    leaseId: '',
    leaseOptions: {
      ttl: nanoseconds(hour),
      maxTtl: nanoseconds(24 * hour),
      renewable: true,
      increment: nanoseconds(increment),
      issueTime: { seconds: Long.fromNumber(now - issuedAgo), nanos: 123_456_789 },
    },
  };
}

describe('a renewal', () => {
  const cases = [
    { name: 'by nothing in particular takes the lease of the role', increment: 0, issuedAgo: 0, ttl: hour },
    { name: 'by an increment', increment: 2 * hour, issuedAgo: 0, ttl: 2 * hour },
    { name: 'that reaches beyond the longest life is cut', increment: 20 * hour, issuedAgo: 23 * hour, ttl: hour },
  ];
  for (const { name, increment, issuedAgo, ttl } of cases) {
    test(name, async () => {
      await using configured = await startConfiguredMount({ role });
      const { mount, litellm } = configured;
      const lease = await readLease(mount);
      const secret = renewing(lease, { increment, issuedAgo });
      const renewal = { operation: 'renew', path: credsPath, data: lease.data, secret };
      const renewed = expectSuccess(await mount.request(renewal)).secret;
      const seconds = renewed?.leaseOptions?.ttl?.div(1_000_000_000).toNumber() ?? 0;
      // A second may pass between the two clocks' readings.
      expect([ttl, ttl - 1]).toContain(seconds);
      expect(String(renewed?.leaseOptions?.maxTtl)).toBe(`${24 * hour}000000000`);
      expect(String(renewed?.leaseOptions?.issueTime?.seconds)).toBe(String(secret.leaseOptions?.issueTime?.seconds));
      expect(JSON.parse(renewed?.internalDataJson ?? '')).toMatchObject({
        secret_type: 'litellm_key',
        token_id: lease.tokenId,
      });
      const expires = litellm.keys.find(lease.tokenId)?.expires?.getTime() ?? 0;
      expect(expires).toBeGreaterThan(Date.now() + ttl * 1000);
    });
  }

  test('past the longest life is refused as a mistake', async () => {
    await using configured = await startConfiguredMount({ role });
    const lease = await readLease(configured.mount);
    const secret = renewing(lease, { increment: hour, issuedAgo: 25 * hour });
    const { fault } = await configured.mount.request({ operation: 'renew', path: credsPath, secret });
    // At a renewal a host prints an error response as Go prints it, and of a fault the text.
    expect(fault).toMatchObject({ type: userError, message: expect.stringContaining('past the max TTL') });
  });
});

describe('a revocation', () => {
  test('goes by the internal data alone: without a lease id, and with another key in the data', async () => {
    await using configured = await startConfiguredMount({ role });
    const { mount, litellm } = configured;
    const revoked = await readLease(mount);
    const bystander = await readLease(mount);
    const secret = { ...revoked.secret, leaseId: '' };
    const request = { operation: 'revoke', path: credsPath, data: bystander.data, secret };
    const deleted = litellm.handled('/key/delete');
    expectSuccess(await mount.request(request));
    expect(litellm.keys.find(revoked.tokenId)).toMatchObject({ blocked: true });
    await deleted;
    expect(litellm.keys.find(revoked.tokenId)).toBeUndefined();
    expect(litellm.keys.find(bystander.tokenId)).toMatchObject({ blocked: null });
    expect(litellm.requests.slice(-3).map(({ path }) => path)).toEqual(['/key/block', '/key/block', '/key/delete']);
  });

  test('a second time is no error', async () => {
    await using configured = await startConfiguredMount({ role });
    const { mount } = configured;
    const { secret } = await readLease(mount);
    const request = { operation: 'revoke', path: credsPath, secret };
    expectSuccess(await mount.request(request));
    expectSuccess(await mount.request(request));
  });

  test('of several at once', async () => {
    await using configured = await startConfiguredMount({ role });
    const { mount, litellm } = configured;
    const leases = await Promise.all(Array.from({ length: 20 }, async () => readLease(mount)));
    expect(litellm.keys.all()).toHaveLength(20);
    const answers = await Promise.all(
      leases.map(async ({ secret }) => mount.request({ operation: 'revoke', path: credsPath, secret })),
    );
    answers.forEach(expectSuccess);
    expect(litellm.keys.all().filter(({ blocked }) => blocked !== true)).toEqual([]);
    await mount.cleanup();
    expect(litellm.keys.all()).toEqual([]);
  });

  test('without a secret is a fault that the host tries again', async () => {
    await using configured = await startConfiguredMount({ role });
    const { fault } = await configured.mount.request({ operation: 'revoke', path: credsPath });
    expect(fault?.type).toBe(0);
  });
});
