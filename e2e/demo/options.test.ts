import { describe, expect, test } from 'bun:test';
import { UsageError } from '../harness/script.ts';
import { parseDemoOptions, type DemoOptions } from './options.ts';

const masterKey = 'sk-test-not-a-real-key';
const run = { action: 'run', keep: false, proxy: undefined, model: undefined, otherModel: undefined } as const;
const proxy = { url: 'http://litellm:4000/v', masterKey };

describe('arguments that make sense', () => {
  const cases: readonly {
    readonly args: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly is: DemoOptions;
  }[] = [
    { args: [], is: run },
    { args: ['--keep'], is: { ...run, keep: true } },
    { args: ['--', '--keep'], is: { ...run, keep: true } },
    { args: ['--keep', '--help'], is: { action: 'help' } },
    { args: ['--litellm', 'http://litellm:4000/v/', '--master-key', masterKey], is: { ...run, proxy } },
    { args: ['--litellm=http://litellm:4000/v', `--master-key=${masterKey}`], is: { ...run, proxy } },
    { args: ['--litellm', 'http://litellm:4000/v'], env: { LITELLM_MASTER_KEY: masterKey }, is: { ...run, proxy } },
    { args: [], env: { LITELLM_MASTER_KEY: masterKey }, is: run },
    { args: ['--model', 'a=b', '--other-model=c=d'], is: { ...run, model: 'a=b', otherModel: 'c=d' } },
  ];
  for (const { args, env = {}, is } of cases) {
    test(`${args.join(' ')} ${Object.keys(env).join(' ')}`, () => expect(parseDemoOptions(args, env)).toEqual(is));
  }
});

describe('arguments that make none', () => {
  const cases: readonly (readonly [names: RegExp, ...args: readonly string[]])[] = [
    [/--bogus/, '--bogus'],
    [/stray/, 'stray'],
    [/--keep/, '--keep=yes'],
    [/--litellm/, '--litellm'],
    [/--model/, '--model='],
    [/--litellm/, '--litellm', 'litellm:4000', '--master-key', masterKey],
    [/LITELLM_MASTER_KEY/, '--litellm', 'http://litellm:4000'],
    [/--litellm/, '--master-key', masterKey],
  ];
  for (const [names, ...args] of cases) {
    test(args.join(' '), () => {
      const parse = () => parseDemoOptions(args, {});
      expect(parse).toThrow(UsageError);
      expect(parse).toThrow(names);
      expect(parse).not.toThrow(masterKey);
    });
  }
});
