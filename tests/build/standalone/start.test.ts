import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { addedVariable } from '../../../build/standalone/start-code.ts';
import { canMakeEmptyRoot, emptyRootCommand } from '../../harness/empty-root.ts';
import { type HelloProgram, makeHelloProgram, run } from './hello-program.ts';

if (process.platform === 'linux') {
  let hello: HelloProgram;
  beforeAll(async () => {
    hello = await makeHelloProgram();
  }, 60_000);
  afterAll(() => hello.remove());

  interface Told {
    readonly env: Readonly<Record<string, string>>;
    readonly args: readonly string[];
    readonly execPath: string;
  }

  const told = async (env: Readonly<Record<string, string>>, ...args: string[]): Promise<Told> =>
    JSON.parse((await run([hello.standalone, 'tell', ...args], env)).stdout) as Told;

  describe('a standalone file', () => {
    test('gets its arguments and knows its own path', async () => {
      const { args, execPath } = await told({}, 'one', '', 'three words here');
      expect(args).toEqual(['one', '', 'three words here']);
      expect(execPath).toBe(hello.standalone);
    });

    test('passes its exit code on', async () => {
      expect(await run([hello.standalone, 'exit', '7'])).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
    });

    const signals = [
      { name: 'SIGUSR2', outcome: { code: 42, signal: null } },
      { name: 'SIGTERM', outcome: { code: null, signal: 'SIGTERM' } },
    ] as const;
    for (const { name, outcome } of signals) {
      test(`gets ${name}`, async () => {
        const child = Bun.spawn([hello.standalone, 'wait'], {
          env: {},
          stdin: 'ignore',
          stdout: 'pipe',
          stderr: 'inherit',
        });
        const reader = child.stdout.getReader();
        await reader.read();
        child.kill(name);
        await child.exited;
        expect({ code: child.exitCode, signal: child.signalCode as string | null }).toEqual(outcome);
      });
    }

    test('starts with the standard streams closed, and puts no library in their place', async () => {
      expect(await run(['/bin/sh', '-c', '"$0" streams <&- >&- 2>&-', hello.standalone])).toMatchObject({ code: 7 });
    });

    test('has its libraries in memory, where nobody changes them and no other program gets them', async () => {
      const { stdout } = await run([hello.standalone, 'libraries']);
      const expected = hello.glibc.libraries.map(({ name }) => ({
        name: `/memfd:${name} (deleted)`,
        inherited: false,
        writing: 'EPERM',
      }));
      expect(JSON.parse(stdout)).toEqual(expected);
    });

    if (canMakeEmptyRoot) {
      test('starts in a root in which there is nothing', async () => {
        const at = hello.emptyFolder;
        const outcome = await run(emptyRootCommand({ program: hello.standalone, at }, ['exit', '7']));
        expect(outcome).toMatchObject({ code: 7, stderr: '' });
        const plain = await run(emptyRootCommand({ program: hello.plain, at }, ['exit', '7']));
        expect(plain.code).toBe(127);
        expect(plain.stderr).toContain('No such file or directory');
      });
    } else {
      console.log('NOT RUN in an empty root: nobody may mount one here.');
    }

    test('starts on a kernel that does not know MFD_NOEXEC_SEAL', async () => {
      expect(await run(withSeccomp('old', 'exit', '7'))).toMatchObject({ code: 7, stderr: '' });
    });
  });

  describe('the environment', () => {
    const [addedName = '', addedValue = ''] = addedVariable.split('=');
    const added = { [addedName]: addedValue };

    test('reaches the program, but for what would change what it runs', async () => {
      const kept = { PATH: '/bin', BUN: '1', NODE: '2', LD: '3', XBUN_A: '4', bun_a: '5', EMPTY: '', LAST: 'x=y' };
      const dropped = {
        BUN_X: '1',
        NODE_X: '2',
        LD_X: '3',
        BUN_: '4',
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_OPTIONS: '6',
        GLIBC_TUNABLES: '7',
      };
      // In different places, and the last one dropped or not.
      expect((await told({ ...kept, ...dropped })).env).toEqual({ ...kept, ...added });
      expect((await told({ ...dropped, ...kept })).env).toEqual({ ...kept, ...added });
      expect((await told(dropped)).env).toEqual(added);
      const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i % 2 ? 'LD' : 'KEEP'}_${i}`, `${i}`]));
      expect(Object.keys((await told(many)).env)).toHaveLength(251);
    });

    test('has the added variable, whether others make room for it or not, and whatever it was set to', async () => {
      for (const args of [[], ['one'], ['one', 'two']]) {
        expect(await told({}, ...args)).toMatchObject({ env: added, args });
        expect(await told({ A: '1' }, ...args)).toMatchObject({ env: { A: '1', ...added }, args });
        expect(await told({ A: '1', BUN_CONFIG_MAX_HTTP_REQUESTS: '1' }, ...args)).toMatchObject({
          env: { A: '1', ...added },
          args,
        });
      }
    });

    test('lets more than 256 fetches run at once, as it does not in a plain file', async () => {
      expect((await run([hello.plain, 'fetches', '600'])).stdout).toBe('256\n');
      expect((await run([hello.standalone, 'fetches', '600'])).stdout).toBe('600\n');
    });

    const attacks: readonly { readonly name: string; readonly env: (script: string) => Record<string, string> }[] = [
      { name: 'BUN_BE_BUN', env: () => ({ BUN_BE_BUN: '1' }) },
      { name: 'BUN_OPTIONS', env: (script) => ({ BUN_OPTIONS: `--preload=${script}` }) },
      { name: 'LD_PRELOAD', env: (script) => ({ LD_PRELOAD: script }) },
      { name: 'LD_DEBUG', env: () => ({ LD_DEBUG: 'libs' }) },
      { name: 'LD_SHOW_AUXV', env: () => ({ LD_SHOW_AUXV: '1' }) },
    ];
    for (const { name, env } of attacks) {
      test(`${name} has no effect, as it has on a plain file`, async () => {
        const script = join(hello.folder, 'attack.js');
        await Bun.write(script, 'console.log("attacked"); process.exit(66);');
        const quiet = { code: 7, signal: null, stdout: '', stderr: '' };
        expect(await run([hello.standalone, 'exit', '7'], env(script))).toEqual(quiet);
        expect(await run([hello.plain, 'exit', '7'], env(script))).not.toEqual(quiet);
      });
    }
  });

  const withSeccomp = (mode: string, ...args: readonly string[]): readonly string[] => [
    process.execPath,
    join(import.meta.dir, 'with-seccomp.ts'),
    mode,
    hello.standalone,
    ...args,
  ];

  describe('what is missing is said in one line, and the exit code is 127', () => {
    const limited = (limit: string): readonly string[] => [
      '/bin/sh',
      '-c',
      `ulimit ${limit}; exec "$0" tell`,
      hello.standalone,
    ];
    const cases: readonly {
      readonly name: string;
      readonly command: () => readonly string[];
      readonly says: string;
      readonly mounts?: boolean;
    }[] = [
      {
        name: 'no /proc',
        mounts: true,
        command: () => emptyRootCommand({ program: hello.standalone, at: hello.emptyFolder, proc: false }),
        says: '/proc is not mounted',
      },
      { name: 'files may not be large enough', command: () => limited('-f 1'), says: 'ulimit -f' },
      { name: 'no file may be opened', command: () => limited('-n 3'), says: 'ulimit -n' },
      { name: 'some files may be opened, too few', command: () => limited('-n 5'), says: 'ulimit -n' },
      { name: 'no memory for the libraries', command: () => withSeccomp('full'), says: 'no memory' },
      { name: 'no memfd_create', command: () => withSeccomp('absent'), says: 'memfd_create' },
    ];
    for (const { name, command, says, mounts = false } of cases) {
      if (mounts && !canMakeEmptyRoot) continue;
      test(name, async () => {
        const { code, stdout, stderr } = await run(command());
        expect({ code, stdout }).toEqual({ code: 127, stdout: '' });
        expect(stderr).toMatch(/^hello: cannot start: [^\n]+\n$/);
        expect(stderr).toContain(says);
      });
    }
  });
}
