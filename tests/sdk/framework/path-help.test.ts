import { describe, expect, test } from 'bun:test';
import { preparedBackend } from '../../harness/framework-backend.ts';
import { defineFields } from '../../../src/sdk/framework/field-schema.ts';
import {
  bool,
  commaStringSlice,
  durationSecond,
  int,
  nameString,
  string,
} from '../../../src/sdk/framework/field-type.ts';
import { definePath } from '../../../src/sdk/framework/path.ts';
import { genericNameRegex } from '../../../src/sdk/framework/pattern.ts';

const role = definePath({
  pattern: `roles/${genericNameRegex('name')}`,
  fields: defineFields({
    ttl: { type: durationSecond, description: 'The lease.\nIn seconds.', deprecated: true },
    name: { type: nameString, description: 'The name.', required: true },
  }),
  operations: { read: { callback: async () => undefined, summary: '' } },
  helpSynopsis: 'Roles.',
  helpDescription: 'All about roles.',
});
const bare = definePath({ pattern: 'bare', fields: {}, operations: {}, deprecated: true });

async function help(path: string, data = {}) {
  const prepared = preparedBackend({ help: '\nKeys for all.\n', paths: [role, bare] });
  return { ...prepared, response: await prepared.handle({ operation: 'help', path, data }) };
}

describe('help', () => {
  test('on the mount lists its paths in order', async () => {
    const { response } = await help('');
    expect(response?.data?.['help']).toBe(
      `Keys for all.

PATHS

Each pattern below stands for the paths that it matches. Ask for the help of such a path to learn its
parameters. Which paths you may use is up to the policies of your token.

    ^bare$
        (no description)

    ^roles/(?P<name>\\w(([\\w-.]+)?\\w)?)$
        Roles.`,
    );
    expect(response?.data?.['see_also']).toEqual([]);
    expect(response?.data?.['openapi']).toMatchObject({
      info: { version: '1.0.0-test' },
      paths: { '/bare': {}, '/roles/{name}': {} },
    });
  });

  test('on a path tells its parameters in order', async () => {
    const { response, called } = await help('roles/a');
    expect(response?.data?.['help']).toBe(
      `Path:       roles/a
Pattern:    ^roles/(?P<name>\\w(([\\w-.]+)?\\w)?)$
Operations: read

Roles.

PARAMETERS

    name (name string, required)
        The name.

    ttl (duration (sec))
        Deprecated. The lease.
        In seconds.

DESCRIPTION

All about roles.`,
    );
    expect(response?.data?.['openapi']).toMatchObject({ paths: { '/roles/{name}': {} } });
    expect(response?.data?.['openapi']).not.toMatchObject({ paths: { '/bare': {} } });
    expect(called).toEqual([]);
  });

  test('on a path that says nothing of itself', async () => {
    const { response } = await help('bare');
    expect(response?.data?.['help']).toBe(
      'Path:       bare\nPattern:    ^bare$\nOperations: \n\nDeprecated. (no description)\n\nDESCRIPTION\n\n(no description)',
    );
  });

  test('takes the prefix of ids from the host', async () => {
    const { response } = await help('', { requestResponsePrefix: 'litellm' });
    expect(JSON.stringify(response?.data?.['openapi'])).toContain('"operationId":"litellm-read-roles-name"');
  });

  test('takes a prefix that is no text for none', async () => {
    const { response } = await help('', { requestResponsePrefix: 5 });
    expect(JSON.stringify(response?.data?.['openapi'])).toContain('"operationId":"read-roles-name"');
  });

  test('is given by a host that does not tell its version', async () => {
    const { handle, system } = preparedBackend();
    system.failure = new Error('not implemented');
    const response = await handle({ operation: 'help', path: '' });
    expect(response?.data?.['openapi']).toMatchObject({ info: { version: 'unknown' } });
  });

  test('is not about values: bad parameters do not keep it back', async () => {
    const { response } = await help('roles/a', { ttl: 'nonsense' });
    expect(response?.data?.['help']).toContain('PARAMETERS');
  });
});

test('help on a path tells what a field may be, and what it is where nothing is said', async () => {
  const path = definePath({
    pattern: 'limits',
    fields: defineFields({
      kind: { type: string, description: 'The kind.', allowedValues: ['', 'a', 'b'], default: 'a' },
      max: { type: int, description: 'The most.', default: 8 },
      none: { type: string, description: 'Nothing.' },
      on: { type: bool, description: 'Whether.', default: false },
      ttl: { type: durationSecond, description: 'The lease.', default: 5400 },
      list: { type: commaStringSlice, description: 'A list.', default: ['a', 'b'] },
    }),
    operations: {},
  });
  const response = await preparedBackend({ paths: [path] }).handle({ operation: 'help', path: 'limits' });
  expect(String(response?.data?.['help']).split('PARAMETERS')[1]?.split('DESCRIPTION')[0]).toBe(`

    kind (string)
        The kind.
        Allowed: "", a, b
        Default: a

    list (slice)
        A list.
        Default: ["a","b"]

    max (int)
        The most.
        Default: 8

    none (string)
        Nothing.

    on (bool)
        Whether.
        Default: false

    ttl (duration (sec))
        The lease.
        Default: 1h30m

`);
});
