import * as v from 'valibot';
import type { FieldData } from '../../src/sdk/framework/field-data.ts';
import { defineFields } from '../../src/sdk/framework/field-schema.ts';
import {
  commaStringSlice,
  durationSecond,
  float,
  map,
  nameString,
  string,
} from '../../src/sdk/framework/field-type.ts';
import { definePath, type Path } from '../../src/sdk/framework/path.ts';
import { genericNameRegex } from '../../src/sdk/framework/pattern.ts';
import type { Request } from '../../src/sdk/logical/request.ts';

const fields = defineFields({
  name: { type: nameString, description: 'A name.', required: true },
  models: { type: commaStringSlice, description: 'A list.', default: ['a'] },
  max_budget: { type: v.pipe(float, v.minValue(0)), description: 'A number.', default: 1 },
  ttl: { type: durationSecond, description: 'A duration.', allowedValues: [60] },
  metadata: { type: map, description: 'A map.' },
});

async function read(_req: Request, data: FieldData<typeof fields>) {
  const name: string = data.get('name');
  const models: readonly string[] | undefined = data.getOk('models');
  const budget: number = data.get('max_budget');
  const metadata: Readonly<Record<string, unknown>> = data.get('metadata');
  // @ts-expect-error a float is no text
  const wrong: string = data.get('max_budget');
  // @ts-expect-error what the caller may not have sent may be undefined
  const sent: string = data.getOk('name');
  // @ts-expect-error no such field
  data.get('nmae');
  // @ts-expect-error no such field
  data.getOk('nmae');
  return { data: { name, models, budget, metadata, wrong, sent } };
}

const path = definePath({
  pattern: `roles/${genericNameRegex('name')}`,
  fields,
  operations: {
    read: { callback: read, summary: 'Read.', responses: { 200: { description: 'OK', fields } } },
    delete: {
      summary: 'Inline callbacks get typed data.',
      callback: async (_req, data) => {
        const name: string = data.get('name');
        // @ts-expect-error no such field
        data.get('nmae');
        return { data: { name } };
      },
    },
  },
  existenceCheck: async (_req, data) => data.get('name') === 'a',
});

const other = definePath({
  pattern: 'config',
  fields: { base_url: { type: string, description: 'Inline fields.', default: 'x' } },
  operations: {
    read: { callback: async (_req, data) => ({ data: { url: data.get('base_url').length } }), summary: '' },
  },
});

/** Paths with different fields fit one list. */
export const paths: readonly Path[] = [path, other];

defineFields({
  // @ts-expect-error a default of another type
  name: { type: string, description: '', default: 1 },
});
defineFields({
  // @ts-expect-error an allowed value of another type
  name: { type: string, description: '', allowedValues: [1] },
});
defineFields({
  // @ts-expect-error a misspelt key
  name: { type: string, description: '', requird: true },
});
defineFields({
  // @ts-expect-error a schema that knows no Go type
  name: { type: v.string(), description: '' },
});
defineFields({
  // @ts-expect-error a zero of another type than the value
  name: { type: v.pipe(float, v.transform(String)), description: '' },
});
definePath({
  pattern: 'config',
  // @ts-expect-error a default of another type, inline
  fields: { name: { type: string, description: '', default: 1 } },
  operations: {},
});
definePath({
  pattern: 'config',
  fields: {},
  // @ts-expect-error a misspelt operation
  operations: { raed: { callback: async () => undefined, summary: '' } },
});
definePath({
  pattern: 'config',
  fields: {},
  operations: {},
  // @ts-expect-error a misspelt key
  helpSynopsys: '',
});
definePath({
  // @ts-expect-error a capture without a field
  pattern: `roles/${genericNameRegex('nmae')}`,
  fields,
  operations: {},
});
definePath({
  // @ts-expect-error the second capture has no field
  pattern: `roles/${genericNameRegex('name')}/${genericNameRegex('key')}`,
  fields,
  operations: {},
});
definePath({
  pattern: 'config',
  // @ts-expect-error a callback that wants other fields
  fields: {},
  operations: { read: { callback: read, summary: '' } },
});
