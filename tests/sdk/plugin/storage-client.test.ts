import { describe, expect, test } from 'bun:test';
import type { HostConnection } from '../../../src/sdk/go-plugin/host-connection.ts';
import { ReadOnlyError } from '../../../src/sdk/logical/error.ts';
import type { Storage } from '../../../src/sdk/logical/storage.ts';
import { createStorageClient, StorageError } from '../../../src/sdk/plugin/storage-client.ts';
import { storageService } from '../../../src/sdk/pb/services.ts';

/** A host that answers every call with the same and writes down what it was asked. */
function hostAnswering(reply: object) {
  const asked: { readonly path: string; readonly request: unknown }[] = [];
  const host: HostConnection = {
    call: async (method, request) => {
      asked.push({ path: method.path, request });
      // Over the wire and back, so that defaults are what protobuf makes of them.
      return method.responseDeserialize(method.responseSerialize(reply as never));
    },
    close: () => undefined,
  };
  return { storage: createStorageClient(host), asked };
}

const value = Uint8Array.of(1, 2);
const calls: readonly {
  readonly name: string;
  readonly run: (storage: Storage) => Promise<unknown>;
  readonly path: string;
}[] = [
  { name: 'list "roles/"', run: (storage) => storage.list('roles/'), path: storageService.list.path },
  { name: 'read "config"', run: (storage) => storage.get('config'), path: storageService.get.path },
  { name: 'write "config"', run: (storage) => storage.put({ key: 'config', value }), path: storageService.put.path },
  { name: 'delete "config"', run: (storage) => storage.delete('config'), path: storageService.delete.path },
];

describe('a refusal', () => {
  for (const { name, run, path } of calls) {
    test(`names what was asked: ${name}`, async () => {
      const { storage, asked } = hostAnswering({ err: 'barrier is sealed' });
      const error: unknown = await run(storage).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StorageError);
      expect((error as Error).message).toMatch(
        new RegExp(`^cannot ${name} (to|from|in) the storage: barrier is sealed$`),
      );
      expect(asked.map((call) => call.path)).toEqual([path]);
    });

    test(`by a read-only storage is known, whatever stands around it: ${name}`, async () => {
      for (const err of ['cannot write to readonly storage', 'put: cannot write to readonly storage!']) {
        const error: unknown = await run(hostAnswering({ err }).storage).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(ReadOnlyError);
      }
    });
  }
});

describe('an answer', () => {
  test('with no keys is an empty list', async () => {
    expect(await hostAnswering({}).storage.list('')).toEqual([]);
  });

  test('with keys is a list of them', async () => {
    expect(await hostAnswering({ keys: ['a', 'b/'] }).storage.list('')).toEqual(['a', 'b/']);
  });

  test('without an entry is undefined', async () => {
    expect(await hostAnswering({}).storage.get('config')).toBeUndefined();
  });

  test('with an entry is the entry, under the key that was asked for', async () => {
    const { storage } = hostAnswering({ entry: { key: 'config', value, sealWrap: true } });
    const entry = await storage.get('config');
    expect({ ...entry, value: [...(entry?.value ?? [])] }).toEqual({ key: 'config', value: [1, 2], sealWrap: true });
  });

  test('with an empty entry is an entry of no bytes', async () => {
    const entry = await hostAnswering({ entry: {} }).storage.get('config');
    expect({ ...entry, value: [...(entry?.value ?? [9])] }).toEqual({ key: 'config', value: [], sealWrap: false });
  });
});

describe('what is asked', () => {
  const requests: readonly {
    readonly name: string;
    readonly run: (storage: Storage) => Promise<unknown>;
    readonly request: unknown;
  }[] = [
    { name: 'list', run: (storage) => storage.list('roles/'), request: { prefix: 'roles/' } },
    { name: 'get', run: (storage) => storage.get('config'), request: { key: 'config' } },
    {
      name: 'put',
      run: (storage) => storage.put({ key: 'a', value }),
      request: { entry: { key: 'a', value, sealWrap: false } },
    },
    {
      name: 'put, sealed more strictly',
      run: (storage) => storage.put({ key: 'a', value, sealWrap: true }),
      request: { entry: { key: 'a', value, sealWrap: true } },
    },
    { name: 'delete', run: (storage) => storage.delete('a'), request: { key: 'a' } },
  ];
  for (const { name, run, request } of requests) {
    test(name, async () => {
      const { storage, asked } = hostAnswering({});
      await run(storage);
      expect(asked.map((call) => call.request)).toEqual([request]);
    });
  }
});
