import { expect, test } from 'bun:test';
import { createClientSource } from '../../../src/engine/config/client-source.ts';
import { configDefaults, type ConfigEntry } from '../../../src/engine/config/config-entry.ts';
import type { CallSlots } from '../../../src/litellm/call-slots.ts';
import { createClient } from '../../../src/litellm/client.ts';

function configWith(change: Partial<ConfigEntry>): ConfigEntry {
  const masterKey = 'sk-test-not-a-real-master-key';
  return { ...configDefaults, caCert: '', baseURL: 'http://litellm.test', masterKey, ...change };
}

function newSource() {
  const slots: CallSlots[] = [];
  const source = createClientSource({
    create: (options) => {
      if (options.slots !== undefined) slots.push(options.slots);
      return createClient(options);
    },
  });
  return { source, slots, made: () => slots.length };
}

test('the bound is that of the stored configuration, whatever else is asked', () => {
  const { source, slots } = newSource();
  const stored = configWith({ maxInFlight: 2 });
  source.clientFor(stored);
  source.clientOf(configWith({ maxInFlight: 64 }));
  source.clientOf(configWith({ maxInFlight: 64, baseURL: 'http://other.test' }));
  expect(slots.map(({ max }) => max)).toEqual([2, 2]);
  source.clientFor({ ...stored, maxInFlight: 3 });
  expect(slots.map(({ max }) => max)).toEqual([3, 3]);
});

test('the client of the stored configuration stays, whatever else is asked', () => {
  const { source, made } = newSource();
  const [stored, next] = [configWith({}), configWith({ baseURL: 'http://other.test' })];
  const client = source.clientFor(stored);
  expect(source.clientOf(stored)).toBe(client);
  const verified = source.clientOf(next);
  expect(source.clientOf(next)).toBe(verified);
  expect(source.clientFor(stored)).toBe(client);
  // It is stored after its verification.
  expect(source.clientFor(next)).toBe(verified);
  expect(made()).toBe(2);
});

test('what another connection was tried with is forgotten once one is stored', () => {
  const { source, made } = newSource();
  const [tried, stored] = [configWith({}), configWith({ masterKey: 'sk-test-not-a-real-own-key' })];
  source.clientExactly(tried);
  source.written(stored);
  source.clientOf(tried);
  expect(made()).toBe(3);
});
