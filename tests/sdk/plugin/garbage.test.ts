import { expect, test } from 'bun:test';
import { createGarbageCollection } from '../../../src/sdk/plugin/garbage.ts';

test('garbage is collected every 250 requests, after the answer', async () => {
  let collections = 0;
  const garbage = createGarbageCollection(() => {
    collections += 1;
  });
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

test('is collected more rarely where that takes long', async () => {
  let clock = 0;
  let collected = 0;
  const garbage = createGarbageCollection(
    () => {
      collected += 1;
      clock += 50;
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
