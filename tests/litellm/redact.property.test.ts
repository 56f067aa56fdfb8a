import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { redact } from '../../src/litellm/redact.ts';

const keyCharacter = fc.constantFrom(...Array.from('abcXYZ019_-'));
const key = fc.string({ unit: keyCharacter, minLength: 1, maxLength: 60 }).map((rest) => `sk-${rest}`);
const around = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...Array.from('sk-*\'"=_., []{}()\n\t\u0000\u202ea')) }),
);

test('no key survives, wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(around, key), { maxLength: 4 }), around, (parts, end) => {
      const text = parts.map(([before, one]) => `${before} ${one}`).join('') + end;
      const clean = redact(text, []);
      expect(clean).not.toMatch(/(?<![A-Za-z0-9])sk-[A-Za-z0-9_]/);
      expect(clean.length).toBeLessThanOrEqual(301);
      expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 500 },
  );
});

test('no secret that is known survives, whatever it looks like and whatever stands around it', () => {
  const secret = fc.string({ unit: fc.constantFrom(...Array.from('abc-_.#')), minLength: 8, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), around, around, (secrets, before, after) => {
      const text = secrets.map((one) => before + one).join(after) + after;
      const clean = redact(text, secrets);
      for (const one of secrets) expect(clean).not.toContain(one);
    }),
    { numRuns: 500 },
  );
});
