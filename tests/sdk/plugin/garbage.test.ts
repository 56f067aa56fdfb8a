import { expect, test } from 'bun:test';
import { createGarbageCollection } from '../../../src/sdk/plugin/garbage.ts';

test('garbage is collected every 250 requests, after the answer', async () => {
  let collections = 0;
  const garbage = createGarbageCollection({ young: () => void (collections += 1), full: () => undefined });
  const afterAnswers = () => new Promise((resolve) => setImmediate(resolve));
  for (let request = 1; request < 250; request++) garbage.requestAnswered();
  await afterAnswers();
  expect(collections).toBe(0);
  garbage.requestAnswered();
  expect(collections).toBe(0);
  await afterAnswers();
  expect(collections).toBe(1);
  for (let request = 0; request < 500; request++) garbage.requestAnswered();
  await afterAnswers();
  expect(collections).toBe(3);
});

test('every eighth collection is full', async () => {
  const kinds: string[] = [];
  const garbage = createGarbageCollection(
    { young: () => void kinds.push('young'), full: () => void kinds.push('full') },
    () => 0,
  );
  for (let request = 0; request < 16 * 250; request++) garbage.requestAnswered();
  await new Promise((resolve) => setImmediate(resolve));
  const eight = [...Array.from({ length: 7 }, () => 'young'), 'full'];
  expect(kinds).toEqual([...eight, ...eight]);
});

test('is collected more rarely where that takes long', async () => {
  let clock = 0;
  let collected = 0;
  const garbage = createGarbageCollection(
    {
      young: () => {
        collected += 1;
        clock += 50;
      },
      full: () => undefined,
    },
    () => clock,
  );
  const answer = async (requests: number): Promise<void> => {
    for (let request = 0; request < requests; request += 1) garbage.requestAnswered();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await answer(250);
  expect(collected).toBe(1);
  await answer(1249);
  expect(collected).toBe(1);
  await answer(1);
  expect(collected).toBe(2);
});
