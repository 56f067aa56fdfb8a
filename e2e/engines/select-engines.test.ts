import { describe, expect, test } from 'bun:test';
import { openBaoVersion } from './openbao.ts';
import { EnginesError, selectEngines } from './select-engines.ts';
import { vaultVersion } from './vault.ts';

const openbao = `openbao ${openBaoVersion}`;
const vault = `vault ${vaultVersion}`;

describe('ENGINES selects', () => {
  const cases: readonly { readonly names: string; readonly are: readonly string[] }[] = [
    { names: 'openbao', are: [openbao] },
    { names: 'vault openbao@2.7.0', are: [vault, 'openbao 2.7.0 asked'] },
    { names: ' openbao@v2.7.0,vault ', are: ['openbao 2.7.0 asked', vault] },
    { names: 'openbao openbao', are: [openbao] },
    { names: 'openbao,vault,openbao', are: [openbao, vault] },
    { names: `openbao@${openBaoVersion} openbao@v${openBaoVersion}`, are: [`${openbao} asked`] },
    { names: `openbao vault openbao@${openBaoVersion}`, are: [`${openbao} asked`, vault] },
    { names: `openbao@${openBaoVersion} openbao`, are: [`${openbao} asked`] },
    { names: 'openbao@2.7.0 openbao', are: ['openbao 2.7.0 asked', openbao] },
  ];
  for (const { names, are } of cases) {
    test(`by ${JSON.stringify(names)} ${are.join(' and ')}`, async () => {
      const { engines, missing } = await selectEngines(names);
      expect(engines.map(({ name, version, asked }) => `${name} ${version}${asked ? ' asked' : ''}`)).toEqual([...are]);
      expect(missing).toEqual([]);
    });
  }
});

describe('ENGINES is refused', () => {
  for (const word of ['bao', 'openbao@', 'openbao@2.7', 'vault@latest', 'OpenBao']) {
    test(`where it names ${word}`, async () => {
      const refusal = await selectEngines(`vault ${word}`).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(EnginesError);
      expect(String(refusal)).toContain(JSON.stringify(word));
    });
  }
});
