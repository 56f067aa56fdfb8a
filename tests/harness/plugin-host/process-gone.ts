import { readFile } from 'node:fs/promises';

const pollMs = 20;
/** Longer than a plugin takes to believe that its host is gone and to end what it has under way. */
const stuckAfterMs = 15_000;

/**
 * Resolves when a process that need not be a child of this one has ended; one that does not is killed, and this throws.
 * There is no event for it, so it is asked for.
 */
export async function processGone(pid: number): Promise<void> {
  const deadline = Date.now() + stuckAfterMs;
  while (await isRunning(pid)) {
    if (Date.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      throw new Error(`process ${pid} did not end by itself`);
    }
    await Bun.sleep(pollMs);
  }
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // What has ended and waits for its parent to notice is a Z, after the name in brackets.
  return !/\) [ZX] /.test(stat);
}
