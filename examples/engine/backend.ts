import { createHash, randomBytes } from 'node:crypto';
import { createBackend } from '../../src/sdk/framework/backend.ts';
import { defineFields } from '../../src/sdk/framework/field-schema.ts';
import { durationSecond, int, nameString, string } from '../../src/sdk/framework/field-type.ts';
import { definePath } from '../../src/sdk/framework/path.ts';
import { genericNameRegex } from '../../src/sdk/framework/pattern.ts';
import { defineSecret } from '../../src/sdk/framework/secret.ts';
import { backendType, type Factory } from '../../src/sdk/logical/backend.ts';
import { errorResponse, type Response } from '../../src/sdk/logical/response.ts';
import { decodeStorageEntry, type Storage, storageEntryJSON } from '../../src/sdk/logical/storage.ts';

const configFields = defineFields({
  length: { type: int, default: 24, description: 'How many characters a password has, 12 to 128.' },
});
const name = { type: nameString, description: 'Name of the role.' };
const leaseFields = defineFields({
  ttl: { type: durationSecond, description: 'How long a password lives. 0 leaves it to the mount.' },
  max_ttl: { type: durationSecond, description: 'How long renewals may keep it alive. 0 leaves it to the mount.' },
});
const checkFields = defineFields({ password: { type: string, description: 'What somebody claims is a password.' } });

/** What is stored of a role. */
type Role = Readonly<Record<'ttl' | 'max_ttl', number>>;

async function read<Entry extends object>(storage: Storage, key: string): Promise<Entry | undefined> {
  const entry = await storage.get(key);
  return entry && (decodeStorageEntry(entry) as Entry);
}

async function shown(storage: Storage, key: string): Promise<Response | undefined> {
  const entry = await read(storage, key);
  return entry && { data: { ...entry } };
}

/** Where a password is remembered: under its hash, so that the storage holds no password. */
const liveKey = (password: string): string => `live/${createHash('sha256').update(password).digest('hex')}`;

const passwordSecret = defineSecret({
  type: 'password',
  fields: {},
  async renew({ secret, storage }) {
    const role = await read<Role>(storage, `roles/${String(secret?.internalData['role'])}`);
    if (role === undefined) return errorResponse('the role of this password is gone: read a new one from another role');
    return secret && { secret: { ...secret, ttl: role.ttl, maxTTL: role.max_ttl } };
  },
  async revoke({ secret, storage }) {
    await storage.delete(String(secret?.internalData['live']));
  },
});

const pathConfig = definePath({
  pattern: 'config',
  fields: configFields,
  operations: {
    read: { summary: 'Read the configuration.', callback: ({ storage }) => shown(storage, 'config') },
    update: {
      summary: 'Write the configuration.',
      async callback({ storage }, data) {
        const length = data.get('length');
        if (length < 12 || length > 128) return errorResponse('length must be 12 to 128');
        await storage.put(storageEntryJSON('config', { length }));
      },
    },
  },
});

const pathRole = definePath({
  pattern: `roles/${genericNameRegex('name')}`,
  fields: { name, ...leaseFields },
  operations: {
    read: { summary: 'Read a role.', callback: ({ storage }, data) => shown(storage, `roles/${data.get('name')}`) },
    update: {
      summary: 'Write a role.',
      async callback({ storage }, data) {
        const role: Role = { ttl: data.get('ttl'), max_ttl: data.get('max_ttl') };
        await storage.put(storageEntryJSON(`roles/${data.get('name')}`, role));
      },
    },
  },
});

const pathCreds = definePath({
  pattern: `creds/${genericNameRegex('name')}`,
  fields: { name },
  operations: {
    read: { summary: 'Make a password.', callback: ({ storage }, data) => makePassword(storage, data.get('name')) },
  },
});

async function makePassword(storage: Storage, roleName: string): Promise<Response> {
  const role = await read<Role>(storage, `roles/${roleName}`);
  if (role === undefined) return errorResponse(`there is no role "${roleName}": write it to roles/${roleName} first`);
  const { length } = (await read<{ readonly length: number }>(storage, 'config')) ?? { length: 24 };
  const password = randomBytes(length).toString('base64url').slice(0, length);
  await storage.put(storageEntryJSON(liveKey(password), { role: roleName }));
  const response = passwordSecret.response({ password }, { role: roleName, live: liveKey(password) });
  return { ...response, secret: { ...response.secret, ttl: role.ttl, maxTTL: role.max_ttl } };
}

const pathCheck = definePath({
  pattern: 'check',
  fields: checkFields,
  operations: {
    update: {
      summary: 'Tell whether a password is alive.',
      callback: async ({ storage }, data) => ({
        data: { alive: (await storage.get(liveKey(data.get('password')))) !== undefined },
      }),
    },
  },
});

/** Makes the factory of a backend that hands out passwords, each for as long as its lease. */
export const createFactory =
  (version: string): Factory =>
  async (config) =>
    createBackend(
      {
        help: 'Hands out passwords that live as long as their lease.',
        type: backendType.logical,
        runningVersion: version,
        paths: [pathConfig, pathRole, pathCreds, pathCheck],
        secrets: [passwordSecret],
      },
      config,
    );
