import { readFile } from 'node:fs/promises';

const sampleMs = 250;
const idleEnough = 0.9;
/** How often the machine did not become idle in the time that is waited for it: the figure is taken all the same. */
export const disturbed = { waits: 0, busy: 0, patienceMs: 20_000 };

/** Waits until the cores are idle, twice in a row. Where they never are, it goes on after a while. */
export async function untilIdle(signal: AbortSignal): Promise<void> {
  if (process.platform !== 'linux') return;
  disturbed.waits += 1;
  const begin = performance.now();
  for (let quiet = 0; quiet < 2;) {
    signal.throwIfAborted();
    const before = await readTimes();
    await Bun.sleep(sampleMs);
    const after = await readTimes();
    const idle = (after.idle - before.idle) / Math.max(1, after.all - before.all);
    quiet = idle >= idleEnough ? quiet + 1 : 0;
    if (performance.now() - begin > disturbed.patienceMs) {
      disturbed.busy += 1;
      return;
    }
  }
}

async function readTimes(): Promise<{ readonly idle: number; readonly all: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { idle: (times[3] ?? 0) + (times[4] ?? 0), all: times.reduce((sum, time) => sum + time, 0) };
}
