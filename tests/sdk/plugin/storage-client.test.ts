import { describe, expect, test } from 'bun:test';
import { status } from '@grpc/grpc-js';
import type { HostConnection } from '../../../src/sdk/go-plugin/host-connection.ts';
import {
  ReadOnlyError,
  RelativePathError,
  TransactionConflictError,
  ValueTooLargeError,
} from '../../../src/sdk/logical/error.ts';
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

/** A host that answers by method, or with a status of gRPC. */
function hostBy(replies: Readonly<Record<string, object | number>>) {
  const asked: { readonly method: string; readonly request: unknown }[] = [];
  const host: HostConnection = {
    call: async (method, request) => {
      const name = method.path.split('/').at(-1) ?? '';
      asked.push({ method: name, request });
      const reply = replies[name] ?? {};
      if (typeof reply === 'number') throw Object.assign(new Error(`${reply}`), { code: reply });
      return method.responseDeserialize(method.responseSerialize(reply as never));
    },
    close: () => undefined,
  };
  const { logger, lines } = rememberingLogger();
  return { storage: createStorageClient(host, logger), asked, lines };
}

describe('a page', () => {
  test('is asked for from a key on, and may be empty', async () => {
    const { storage, asked } = hostBy({ ListPage: { keys: ['b'] } });
    expect(await storage.listPage('roles/', 'a', 1)).toEqual(['b']);
    expect(asked).toEqual([{ method: 'ListPage', request: { prefix: 'roles/', after: 'a', limit: 1 } }]);
    expect(await hostBy({}).storage.listPage('', '', 0)).toEqual([]);
  });

  test('is not there on a host that has none, and nothing is logged', async () => {
    const { storage, lines } = hostBy({ ListPage: status.UNIMPLEMENTED });
    expect(await storage.listPage('roles/', 'a', 1)).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test('that is refused is an error', async () => {
    const { storage, lines } = hostBy({ ListPage: { err: 'Vault is sealed' } });
    expect(await failure(storage.listPage('roles/', 'a', 1))).toBeInstanceOf(StorageError);
    expect(lines).toHaveLength(1);
  });
});

describe('a transaction', () => {
  const transactional = { IsTransactional: { transactional: true }, BeginTx: { txn: 'tx-1' } };

  test('has its id in every call', async () => {
    const { storage, asked } = hostBy(transactional);
    const transaction = await storage.beginTx();
    await transaction?.list('a/');
    await transaction?.listPage('a/', 'b', 2);
    await transaction?.get('a');
    await transaction?.put({ key: 'a', value });
    await transaction?.delete('b');
    await transaction?.commit();
    await transaction?.rollback();
    const txn = 'tx-1';
    expect(asked).toEqual([
      { method: 'IsTransactional', request: {} },
      { method: 'BeginTx', request: {} },
      { method: 'List', request: { prefix: 'a/', txn } },
      { method: 'ListPage', request: { prefix: 'a/', after: 'b', limit: 2, txn } },
      { method: 'Get', request: { key: 'a', txn } },
      { method: 'Put', request: { entry: { key: 'a', value, sealWrap: false }, txn } },
      { method: 'Delete', request: { key: 'b', txn } },
      { method: 'Commit', request: { txn } },
      { method: 'Rollback', request: { txn } },
    ]);
  });

  for (const [name, reply] of [
    ['on a host that knows none', status.UNIMPLEMENTED],
    ['on a storage that has none', { transactional: false }],
  ] as const) {
    test(`is not there ${name}, which is asked once`, async () => {
      const { storage, asked, lines } = hostBy({ IsTransactional: reply });
      expect(await storage.beginTx()).toBeUndefined();
      expect(await storage.beginTx()).toBeUndefined();
      expect(asked).toHaveLength(1);
      expect(lines).toEqual([]);
    });
  }

  test('is asked about anew where the host had no answer, as while a plugin is registered', async () => {
    const replies: Record<string, object | number> = { ...transactional, IsTransactional: status.UNKNOWN };
    const { storage } = hostBy(replies);
    expect(await failure(storage.beginTx())).toBeInstanceOf(Error);
    replies['IsTransactional'] = { transactional: true };
    expect(await storage.beginTx()).toBeDefined();
  });

  test('on a node that must not write is refused as a write is', async () => {
    const { storage } = hostBy({ ...transactional, BeginTx: { err: 'cannot write to readonly storage' } });
    expect(await failure(storage.beginTx())).toBeInstanceOf(ReadOnlyError);
  });

  test('that another write came in between of is known by its text, and is no line in the log', async () => {
    const { storage, lines } = hostBy({ ...transactional, Commit: { err: 'verify: transaction commit failed: x' } });
    const transaction = await storage.beginTx();
    expect(await failure(transaction?.commit() ?? Promise.resolve())).toBeInstanceOf(TransactionConflictError);
    expect(lines).toEqual([]);
  });

  test('whose commit is too large names what was put', async () => {
    const { storage } = hostBy({
      ...transactional,
      Commit: { err: 'put failed due to value being too large; got 2 bytes, max: 1 bytes' },
    });
    const transaction = await storage.beginTx();
    await transaction?.put({ key: 'roles/a', value });
    const error = await failure(transaction?.commit() ?? Promise.resolve());
    expect((error as Error).message).toStartWith('"roles/a" is too large');
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
