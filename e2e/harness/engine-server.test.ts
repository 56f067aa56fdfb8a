import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { openBao } from '../engines/openbao.ts';
import { EngineServer } from './engine-server.ts';
import { LeftBehindError, type ProgramOptions, type RunningProgram } from './running-program.ts';

// What a server says that does not start. The program is one that logs a line and ends with 1.

const portTaken = 'Error initializing listener: listen tcp4 127.0.0.1:8200: bind: address already in use';
const otherwise = 'Error loading configuration: made up';

interface Failure {
  readonly message: string;
  readonly launches: number;
  readonly folderLeft: boolean;
}

/** Starts a server whose program logs one of `lines` each time it is started, and never anything after the last of them. */
async function failureOf(lines: readonly string[], stop = async () => {}): Promise<Failure> {
  let launches = 0;
  let folder = '';
  const start = async ({ logFile, ...options }: ProgramOptions): Promise<RunningProgram> => {
    ({ folder } = options);
    await appendFile(logFile, `${lines[launches++] ?? ''}\n`);
    return { exited: Promise.resolve(1), children: async () => [], signal: () => {}, stop };
  };
  try {
    await EngineServer.start({ engine: openBao(), binary: '/nonexistent/bao', start });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { message, launches, folderLeft: existsSync(folder) };
  }
  throw new Error('it started');
}

describe('a server that does not start', () => {
  const cases: readonly { readonly name: string; readonly lines: readonly string[]; readonly launches: number }[] = [
    { name: 'is not started again', lines: [otherwise], launches: 1 },
    { name: 'is started again where its port was taken', lines: [portTaken, portTaken, portTaken], launches: 3 },
    { name: 'is started again for the last reason alone', lines: [portTaken, otherwise], launches: 2 },
  ];
  for (const { name, lines, launches } of cases) {
    test(`${name}, and says why`, async () => {
      const message = `OpenBao did not start: it ended with 1\n${lines.at(-1)}`;
      expect(await failureOf(lines)).toEqual({ launches, message, folderLeft: false });
    });
  }

  test('says so too where it left something behind', async () => {
    const left = new LeftBehindError([{ pid: 4_194_304, parent: 1, group: 1, command: 'made up' }]);
    const failure = await failureOf([portTaken], () => Promise.reject(left));
    const message = `OpenBao did not start: it ended with 1; ${left.message}\n${portTaken}`;
    expect(failure).toEqual({ launches: 1, message, folderLeft: false });
  });
});
