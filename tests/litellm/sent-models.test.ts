import { expect, test } from 'bun:test';
import { readAnswer, sentModels } from '../../src/litellm/sent-models.ts';

const names = ['gpt-4o', 'claude "quoted" \\ ]', 'modèle-é', 'x/*'];
const sent = sentModels(names);

test('models that an answer repeats as they were sent are the very list that was sent', () => {
  const { json, models } = readAnswer(JSON.stringify({ key: 'a', models: names, spend: 0 }), sent);
  expect(models).toBe(names);
  expect(json).toEqual({ key: 'a', models: null, spend: 0 });
});

const others: Readonly<Record<string, string>> = {
  'in another order': JSON.stringify({ models: names.toReversed() }),
  'fewer of them': JSON.stringify({ models: names.slice(1) }),
  'more of them': JSON.stringify({ models: [...names, 'more'] }),
  'with spaces between': JSON.stringify({ models: names }, null, 1),
  none: JSON.stringify({ models: [] }),
  null: JSON.stringify({ models: null }),
  'left out': JSON.stringify({ key: 'a' }),
  'deeper alone': JSON.stringify({ metadata: { models: names } }),
  'deeper, with others where they belong': JSON.stringify({ metadata: { models: names }, models: ['other'] }),
  'deeper, before the same where they belong': JSON.stringify({ metadata: { models: names }, models: names }),
  'in a text': JSON.stringify({ models: ['other'], note: JSON.stringify({ models: names }) }),
  'before others under the same name': `{${sent?.member},"models":["other"]}`,
  'in a list': JSON.stringify([{ models: names }]),
  'a text': JSON.stringify('models'),
};
for (const [how, text] of Object.entries(others)) {
  test(`an answer with models ${how} is read in whole`, () => {
    expect(readAnswer(text, sent)).toEqual({ json: JSON.parse(text) });
  });
}

test('the same name somewhere deeper before hides none', () => {
  const text = JSON.stringify({ metadata: { models: ['other'] }, models: names });
  expect(readAnswer(text, sent)).toEqual({ json: { metadata: { models: ['other'] }, models: null }, models: names });
});

test('an answer that breaks off after the models is no JSON', () => {
  expect(readAnswer(`{${sent?.member},"key":`, sent)).toEqual({ json: undefined });
});

test.each([[undefined], [[]], ['gpt-4o'], [['gpt-4o', 1]]])('of %j nothing is expected to be repeated', (models) => {
  expect(sentModels(models)).toBeUndefined();
});
