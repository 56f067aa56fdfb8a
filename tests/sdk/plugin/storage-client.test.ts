import { describe, expect, test } from 'bun:test';
import type { HostConnection } from '../../../src/sdk/go-plugin/host-connection.ts';
import { ReadOnlyError, RelativePathError, ValueTooLargeError } from '../../../src/sdk/logical/error.ts';
import type { LogFields, Logger, LogLevel } from '../../../src/sdk/logical/logger.ts';
import type { Storage } from '../../../src/sdk/logical/storage.ts';
import { createStorageClient, StorageError } from '../../../src/sdk/plugin/storage-client.ts';
import { storageService } from '../../../src/sdk/pb/services.ts';

interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

function rememberingLogger(): { readonly logger: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  return { logger: { log: (level, message, fields) => void lines.push({ level, message, fields }) }, lines };
}

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
  const { logger, lines } = rememberingLogger();
  return { storage: createStorageClient(host, logger), asked, lines };
}

const value = Uint8Array.of(1, 2);
const calls: readonly {
  readonly name: string;
  readonly run: (storage: Storage) => Promise<unknown>;
  readonly path: string;
  /** How the log names the call. */
  readonly logged: { readonly operation: string; readonly key: string };
}[] = [
  {
    name: 'list',
    run: (storage) => storage.list('roles/'),
    path: storageService.list.path,
    logged: { operation: 'list', key: 'roles/' },
  },
  {
    name: 'read',
    run: (storage) => storage.get('config'),
    path: storageService.get.path,
    logged: { operation: 'read', key: 'config' },
  },
  {
    name: 'write',
    run: (storage) => storage.put({ key: 'config', value }),
    path: storageService.put.path,
    logged: { operation: 'write', key: 'config' },
  },
  {
    name: 'delete',
    run: (storage) => storage.delete('config'),
    path: storageService.delete.path,
    logged: { operation: 'delete', key: 'config' },
  },
];

/** What a host's storage says; the same text must reach the host again, since it goes by that. */
const refusals = [
  'Vault is sealed',
  'namespace is sealed',
  'permission denied',
  'overloaded, try again later',
  'request needs further approval',
  'the disk is gone',
];

const failure = async (promise: Promise<unknown>) => await promise.catch((error: unknown) => error);

describe('a refusal', () => {
  for (const { name, run, path, logged } of calls) {
    test(`goes back as it came, and the log says what it was about: ${name}`, async () => {
      for (const err of refusals) {
        const { storage, asked, lines } = hostAnswering({ err });
        const error = await failure(run(storage));
        expect(error).toBeInstanceOf(StorageError);
        expect((error as Error).message).toBe(err);
        expect(asked.map((call) => call.path)).toEqual([path]);
        expect(lines).toEqual([{ level: 'warn', message: 'the storage refused', fields: { ...logged, error: err } }]);
      }
    });

    test(`by a read-only storage is known, whatever stands around it, and no line in the log: ${name}`, async () => {
      for (const err of ['cannot write to readonly storage', 'put: cannot write to readonly storage!']) {
        const { storage, lines } = hostAnswering({ err });
        expect(await failure(run(storage))).toBeInstanceOf(ReadOnlyError);
        expect(lines).toEqual([]);
      }
    });

    test(`of a relative path is known: ${name}`, async () => {
      const { storage, lines } = hostAnswering({ err: 'relative paths not supported' });
      expect(await failure(run(storage))).toBeInstanceOf(RelativePathError);
      expect(lines).toMatchObject([{ fields: logged }]);
    });

    test(`of a value that is too large is the user's mistake, and names the entry: ${name}`, async () => {
      const err = 'put failed due to value being too large; got 2097360 bytes, max: 1048576 bytes';
      const error = await failure(run(hostAnswering({ err }).storage));
      expect(error).toBeInstanceOf(ValueTooLargeError);
      expect(error).toMatchObject({ code: 400 });
      expect((error as Error).message).toStartWith(`"${logged.key}" is too large for the storage`);
      expect((error as Error).message).toEndWith(`(${err})`);
    });
  }

  test('by a host that cannot be reached passes as it is, and the log says what it was about', async () => {
    const gone = new Error('14 UNAVAILABLE: gone');
    const { logger, lines } = rememberingLogger();
    const storage = createStorageClient({ call: () => Promise.reject(gone) }, logger);
    expect(await failure(storage.get('config'))).toBe(gone);
    expect(lines).toMatchObject([{ fields: { operation: 'read', key: 'config', error: gone.message } }]);
  });
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
