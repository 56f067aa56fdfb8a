import { expect, test } from 'bun:test';
import { int, string } from '../../../src/sdk/framework/field-type.ts';
import { defineSecret } from '../../../src/sdk/framework/secret.ts';
import { logicalRequest } from '../../harness/logical-request.ts';

const fields = { key: { type: string, description: '' }, size: { type: int, description: '' } };
const revoke = async () => undefined;

test('a response carries the type in its internal data, over any other', () => {
  const secret = defineSecret({ type: 'litellm_key', fields, renew: revoke, revoke, defaultDuration: 60 });
  const internalData = { alias: 'a', secret_type: 'other' };
  expect(secret.response({ key: 'k' }, internalData)).toEqual({
    data: { key: 'k' },
    secret: {
      ...{ ttl: 60, maxTTL: 0, renewable: true, increment: 0 },
      internalData: { alias: 'a', secret_type: 'litellm_key' },
    },
  });
  expect(internalData.secret_type).toBe('other');
});

test('a secret is renewable when it can be renewed', () => {
  const secret = defineSecret({ type: 'litellm_key', fields, revoke });
  expect(secret.renewable).toBe(false);
  expect(secret.response({}, {}).secret).toMatchObject({ renewable: false, ttl: 0 });
});

test('a revocation gets the data as far as they convert', async () => {
  const secret = defineSecret({
    type: 'litellm_key',
    fields,
    revoke: async (_req, data) => ({ data: { key: data.get('key'), size: data.get('size') } }),
  });
  const request = logicalRequest({ operation: 'revoke', data: { key: 'k', size: 'unreadable', other: 1 } });
  expect(await secret.handleRevoke(request)).toEqual({ data: { key: 'k', size: 0 } });
});
