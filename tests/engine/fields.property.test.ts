import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { roleFields } from '../../src/engine/roles/role-fields.ts';
import { startEngine, type TestEngine } from '../harness/engine.ts';

// Any JSON may be written to any field. What is not taken is refused with a response, without showing what was written, and what is
// taken can be read back.

/** In the place where somebody pasted a key. */
const pasted = 'sk-test-not-a-real-key-pasted-by-mistake';

const fields = {
  config: [
    'base_url',
    'master_key',
    'ca_cert',
    'request_timeout',
    'max_in_flight',
    'grace',
    'write_ahead',
    'verify_connection',
  ],
  'roles/any': Object.keys(roleFields).filter((name) => name !== 'name'),
  'config/auto-tidy': ['enabled', 'interval_duration', 'safety_buffer', 'pause_duration'],
} as const;

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(async () => engine[Symbol.asyncDispose]());

const withPasted = fc.constantFrom<unknown>(
  pasted,
  [pasted],
  { [pasted]: pasted },
  { a: { b: pasted } },
  `a=${pasted}`,
  `${pasted},b`,
);
const plausible = fc.constantFrom<unknown>('1h', 60, '0', '', true, 1e21, -1, 0.5, 'http://127.0.0.1:1', null);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: withPasted },
  { weight: 2, arbitrary: plausible },
);

for (const [path, names] of Object.entries(fields)) {
  test(`any JSON in the fields of ${path}`, async () => {
    const known = fc.constantFrom<string>(...names);
    const name = fc.oneof({ weight: 20, arbitrary: known }, { weight: 1, arbitrary: fc.string() });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 4 }), async (data) => {
        // Nobody is asked at an address that chance has made.
        const more = { config: { verify_connection: false }, 'roles/any': { verify: false } }[path] ?? {};
        const written = await engine.request('update', path, { data: { ...data, ...more } });
        const mistake = written?.data?.['error'];
        if (mistake !== undefined) {
          expect(mistake).toBeString();
          expect(mistake).not.toContain(pasted);
          expect(JSON.stringify(mistake).length).toBeLessThan(2000);
          return;
        }
        const read = await engine.request('read', path);
        expect(read?.data).toBeObject();
        if (path === 'config') expect(JSON.stringify(read?.data)).not.toContain('master_key');
        if (path !== 'roles/any') return;
        // What a tool reads and writes again changes nothing.
        const again = await engine.request('update', path, { data: { ...read?.data, ...more } });
        expect(again?.data).toBeUndefined();
        expect((await engine.request('read', path))?.data).toEqual(read?.data ?? {});
      }),
      { numRuns: 300 },
    );
  }, 60_000);
}
