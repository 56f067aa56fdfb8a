import { describe, expect, test } from 'bun:test';
import { EngineFetchError } from './engine.ts';
import { openBao, openBaoVersion } from './openbao.ts';
import { vault, vaultVersion } from './vault.ts';

describe('an engine that could not be fetched is named, with the way out', () => {
  const cases = [
    [openBao(), `No OpenBao ${openBaoVersion} to run: made up\nName an OpenBao that is there already in BAO_BINARY.`],
    [vault(), `No Vault ${vaultVersion} to run: made up\nName a Vault that is there already in VAULT_BINARY.`],
  ] as const;
  for (const [engine, message] of cases) {
    test(engine.title, () => expect(new EngineFetchError(engine, 'made up').message).toBe(message));
  }
});
