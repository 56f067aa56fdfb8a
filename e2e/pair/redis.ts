import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../harness/free-ports.ts';
import { ProcessGroup } from '../harness/process-group.ts';
import { until } from '../harness/until.ts';

/** A redis-server on loopback that keeps nothing on disk. Stop it. */
export interface Redis {
  readonly port: number;
  stop(): Promise<void>;
}

/** The program, where this machine has it. */
export const redisProgram = (): string | undefined => Bun.which('redis-server') ?? undefined;

/** Starts one and waits until it answers. @throws DeadlineError */
export async function startRedis(program: string): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const [port = 0] = await freePorts(1);
  const group = new ProcessGroup({
    command: [program, '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    folder,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', TMPDIR: process.env['TMPDIR'] ?? tmpdir() },
    logFile: join(folder, 'redis.log'),
  });
  const stop = async (): Promise<void> => {
    await group.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('redis-server answers', 15, () => answersPing(port));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

async function answersPing(port: number): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      data: (_, bytes) => resolve(bytes.toString('utf8')),
      close: () => resolve(''),
      error: (_, error) => reject(error),
    },
  });
  socket.write('PING\r\n');
  try {
    return (await promise).startsWith('+PONG');
  } finally {
    socket.end();
  }
}
