import { describe, expect, test } from 'bun:test';
import { Metadata } from '@grpc/grpc-js';
import { type Backend, backendType } from '../../../src/sdk/logical/backend.ts';
import {
  type BackendInstance,
  BackendInstances,
  NoSuchInstanceError,
} from '../../../src/sdk/plugin/backend-instances.ts';
import { CallsInFlight } from '../../../src/sdk/plugin/calls-in-flight.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

/** An instance that writes down what is done to it. */
function instance(name: string, log: string[], cleanup: () => Promise<void> = async () => undefined): BackendInstance {
  const backend: Backend = {
    type: backendType.logical,
    pluginVersion: 'v0.0.0-test',
    initialize: async () => undefined,
    handleRequest: async () => undefined,
    handleExistenceCheck: async () => ({ checkFound: false, exists: false }),
    specialPaths: () => ({}),
    invalidateKey: () => undefined,
    cleanup: async () => {
      log.push(`${name} cleaned up`);
      await cleanup();
    },
  };
  return {
    backend,
    storage: new MemoryStorage(),
    host: { call: () => Promise.reject(new Error('not in this test')), close: () => void log.push(`${name} closed`) },
    calls: new CallsInFlight(),
  };
}

test('an instance is found by its id and by no other', async () => {
  const instances = new BackendInstances();
  const added = instance('a', []);
  await instances.add('a', added);
  expect(instances.get('a')).toBe(added);
  expect(() => instances.get('b')).toThrow(NoSuchInstanceError);
});

describe('an instance that goes', () => {
  test('is cleaned up, and then its connection is closed', async () => {
    const log: string[] = [];
    const instances = new BackendInstances();
    await instances.add('a', instance('a', log));
    await instances.remove('a');
    expect(log).toEqual(['a cleaned up', 'a closed']);
    expect(() => instances.get('a')).toThrow(NoSuchInstanceError);
  });

  test('gives up its calls before', async () => {
    const log: string[] = [];
    const instances = new BackendInstances();
    const going = instance('a', log);
    await instances.add('a', going);
    const controller = new AbortController();
    const { signal } = controller;
    const context = {
      metadata: new Metadata(),
      signal,
      abort: () => controller.abort(),
      onUndelivered: () => undefined,
    };
    const call = going.calls.run(context, async () => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true });
      });
      log.push('call given up');
    });
    await instances.remove('a');
    await call;
    expect(log).toEqual(['call given up', 'a cleaned up', 'a closed']);
  });

  test('a second time is left alone', async () => {
    const log: string[] = [];
    const instances = new BackendInstances();
    await instances.add('a', instance('a', log));
    await Promise.all([instances.remove('a'), instances.remove('a')]);
    expect(log).toEqual(['a cleaned up', 'a closed']);
  });

  test('is closed even if it cannot be cleaned up', async () => {
    const log: string[] = [];
    const instances = new BackendInstances();
    await instances.add(
      'a',
      instance('a', log, () => Promise.reject(new Error('cannot'))),
    );
    expect(await instances.remove('a').catch((error: unknown) => error)).toEqual(new Error('cannot'));
    expect(log).toEqual(['a cleaned up', 'a closed']);
  });

  test('makes way for another of the same id', async () => {
    const log: string[] = [];
    const instances = new BackendInstances();
    await instances.add('a', instance('first', log));
    const second = instance('second', log);
    await instances.add('a', second);
    expect(log).toEqual(['first cleaned up', 'first closed']);
    expect(instances.get('a')).toBe(second);
  });
});

test('all go together', async () => {
  const log: string[] = [];
  const instances = new BackendInstances();
  await instances.add('a', instance('a', log));
  await instances.add('b', instance('b', log));
  await instances.removeAll();
  expect(log.toSorted()).toEqual(['a cleaned up', 'a closed', 'b cleaned up', 'b closed']);
});
