import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { MethodDefinition } from '@grpc/grpc-js';
import fc from 'fast-check';
import Long from 'long';
import { backendService, healthService, pluginVersionService } from '../../src/sdk/pb/services.ts';
import { type ConfiguredMount, credsPath, expectSuccess, startConfiguredMount } from '../harness/configured-mount.ts';
import { settlesWithin } from '../harness/plugin-host/plugin-process.ts';

// Whatever bytes a host sends as a message, the plugin answers, lives on, and serves its other mount.

let configured: ConfiguredMount;
beforeAll(async () => {
  configured = await startConfiguredMount();
});
afterAll(async () => configured[Symbol.asyncDispose]());

/** A method that takes bytes as they are, and whose answer is not looked at. */
function raw({ path }: { readonly path: string }): MethodDefinition<Uint8Array, Uint8Array> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes) => Buffer.from(bytes),
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (bytes) => Buffer.from(bytes),
    responseDeserialize: (bytes) => bytes,
  };
}

const methods = [
  backendService.handleRequest,
  backendService.handleExistenceCheck,
  backendService.invalidateKey,
  backendService.specialPaths,
  backendService.initialize,
  backendService.type,
  healthService.check,
  pluginVersionService.version,
].map(raw);

const trueMessage = Buffer.from(
  backendService.handleRequest.requestSerialize({
    request: {
      id: 'request-1',
      operation: 'read',
      path: 'config',
      dataJson: '{}',
      mountPoint: 'litellm/',
      secret: {
        leaseOptions: { ttl: Long.fromNumber(1e12), renewable: true },
        internalDataJson: '{"token_id":"a"}',
      },
    },
  }),
);

/** A field of a message by the rules of the wire: number and type, and what such a field has; or not quite. */
const field = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 7 }), fc.uint8Array({ maxLength: 20 }))
  .map(([number, type, bytes]) => {
    const tag = (number << 3) | type;
    const head = tag < 128 ? [tag] : [(tag & 127) | 128, tag >> 7];
    return type === 2 ? [...head, bytes.length, ...bytes] : [...head, ...bytes];
  });

const message = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(field, { maxLength: 6 }).map((fields) => Uint8Array.from(fields.flat())),
  // The true one with unknown fields behind it.
  field.map((bytes) => Buffer.concat([trueMessage, Uint8Array.from(bytes)])),
  fc.nat(trueMessage.length).map((length) => trueMessage.subarray(0, length)),
  fc.tuple(fc.nat(trueMessage.length - 1), fc.nat(255)).map(([at, byte]) => {
    const changed = Buffer.from(trueMessage);
    changed[at] = byte;
    return changed;
  }),
);

/** Seconds would be enough; a busy machine takes longer. */
const answersWithinMs = 30_000;

async function expectAlive(): Promise<void> {
  const { host, mount } = configured;
  expect(host.process.running).toBe(true);
  expect(await host.health()).toMatchObject({ status: 1 });
  expect(expectSuccess(await mount.read(credsPath)).data).toHaveProperty('key');
}

test('whatever bytes are sent as a message, they are answered, and the mount goes on serving', async () => {
  const { host, mount } = configured;
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 8, maxLength: 8 }), async (messages) => {
      const answers = messages.map((bytes, index) => {
        const method = methods[index % methods.length];
        if (method === undefined) throw new Error('there is no method');
        return host.connection.call(method, bytes, mount.multiplexId).catch(() => undefined);
      });
      expect(await settlesWithin(answersWithinMs, Promise.all(answers))).toBe(true);
      expect(host.process.running).toBe(true);
    }),
    { numRuns: 150 },
  );
  await expectAlive();
}, 120_000);

test('the setup of a mount with any bytes leaves the other mount as it is', async () => {
  const { host } = configured;
  const setup = raw(backendService.setup);
  // Without the first field, the broker's id: the announcement of a mount that nobody has announced is waited for.
  const withoutBroker = message.filter((bytes) => bytes[0] !== 8);
  await fc.assert(
    fc.asyncProperty(withoutBroker, fc.string({ unit: fc.constantFrom(...Array.from('abc-')) }), async (bytes, id) => {
      const pending = host.connection.start(setup, bytes, `other-${id}`);
      // What waits for a host that never comes is given up.
      await settlesWithin(
        20,
        pending.response.catch(() => undefined),
      );
      pending.cancel();
      await pending.response.catch(() => undefined);
      expect(host.process.running).toBe(true);
    }),
    { numRuns: 40 },
  );
  await expectAlive();
}, 120_000);

test('a message larger than any', async () => {
  const { host, mount } = configured;
  for (const method of methods.slice(0, 2)) {
    const bytes = Buffer.alloc(64 * 1024 * 1024, 0x0a);
    await host.connection.call(method, bytes, mount.multiplexId).catch(() => undefined);
    await expectAlive();
  }
}, 120_000);
