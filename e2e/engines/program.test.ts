import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmod } from 'node:fs/promises';
import { BareMachine } from './bare-machine.ts';

let machine: BareMachine;
beforeEach(async () => {
  machine = await BareMachine.make();
});
afterEach(() => machine[Symbol.asyncDispose]());

const saysOpenBao = 'echo "OpenBao v2.7.2 (made up)"';

describe('a program that BAO_BINARY names', () => {
  const taken: readonly { readonly name: string; readonly named: string; readonly at: string }[] = [
    { name: 'by a path from the working folder', named: './mybao', at: 'work/mybao' },
    { name: 'by a path that goes up', named: '../other/mybao', at: 'other/mybao' },
    { name: 'by a word, on the PATH', named: 'mybao', at: 'bin/mybao' },
  ];
  for (const { name, named, at } of taken) {
    test(`${name} is taken by its whole path`, async () => {
      const path = await machine.program(at, saysOpenBao);
      const outcome = await machine.run({ ENGINES: 'openbao', BAO_BINARY: named });
      expect(outcome).toEqual({ code: 0, stdout: `${path}\n`, stderr: '' });
    });
  }

  const refused: readonly { readonly name: string; readonly named: string; readonly says: string }[] = [
    { name: 'that is not there', named: './mybao', says: '/work/mybao, which is not there.' },
    { name: 'that is not on the PATH', named: 'mybao', says: 'names mybao, which is not on the PATH.' },
    { name: 'that is a folder', named: '../bin', says: '/bin, which is no file.' },
    { name: 'that nobody may run', named: '../plain', says: '/plain, which is not executable.' },
    { name: 'that fails', named: '../fails', says: 'does not run: `version` ended with 3, saying: made up' },
    { name: 'of another engine', named: '../vault', says: 'is Vault 1.21.1 and not OpenBao.' },
  ];
  for (const { name, named, says } of refused) {
    test(`${name} is refused in one line`, async () => {
      await chmod(await machine.program('plain', saysOpenBao), 0o644);
      await machine.program('fails', 'echo made up >&2; exit 3');
      await machine.program('vault', 'echo "Vault v1.21.1 (made up)"');
      const outcome = await machine.run({ ENGINES: 'openbao', BAO_BINARY: named });
      expect(outcome).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^BAO_BINARY names [^\n]+\n$/) });
      expect(outcome.stderr).toContain(says);
    });
  }
});
