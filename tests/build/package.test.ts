import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { readPackage, VersionError } from '../../build/package.ts';

const root = join(import.meta.dir, '../..');

describe('PLUGIN_VERSION takes', () => {
  const versions = ['0.0.0', '1.2.3', '10.20.30', '1.2.3-rc.1', '1.2.3-0', '1.2.3-0a.-.a-b', '1.2.3--'];
  for (const version of versions) {
    test(version, async () => {
      expect(await readPackage(root, version)).toEqual({ name: 'vault-plugin-secrets-litellm', version });
    });
  }
});

describe('PLUGIN_VERSION refuses', () => {
  const texts = [
    ...['1', '1.2', '1.2.3.4', 'v1.2.3', ' 1.2.3', '1.2.3\n', '1.2.x'],
    // Leading zeros, and parts with nothing in them.
    ...['01.2.3', '1.02.3', '1.2.03', '1.2.3-01', '1.2.3-', '1.2.3-..', '1.2.3-a.', '1.2.3-.a'],
    // What engines do not tell apart.
    ...['1.2.3+build', '1.2.3-rc.1+build'],
    ...['1.2.3-ä', '1.2.3-a_b', '../1.2.3'],
  ];
  for (const text of texts) {
    test(JSON.stringify(text), async () => {
      const refusal = await readPackage(root, text).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(VersionError);
      expect(String(refusal)).toContain(JSON.stringify(text));
    });
  }
});
