import { startService, type Service } from '../harness/service.ts';

/** The program, where this machine has it. */
export const redisProgram = (): string | undefined => Bun.which('redis-server') ?? undefined;

/** Starts a redis-server that keeps nothing on disk. @throws DeadlineError */
export async function startRedis(program: string): Promise<Service> {
  return await startService(
    'redis-server',
    (port) => [program, '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    async (port) => {
      const client = new Bun.RedisClient(`redis://127.0.0.1:${port}`, { autoReconnect: false });
      try {
        return (await client.ping()) === 'PONG';
      } finally {
        client.close();
      }
    },
  );
}
