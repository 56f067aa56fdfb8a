import { expect, test } from 'bun:test';
import { join } from 'node:path';
import type { plugin } from '../../../src/sdk/pb/pb.js';
import { PluginHost } from '../../harness/plugin-host.ts';

const chatty = [process.execPath, 'run', join(import.meta.dir, '../../harness/plugin-host/chatty-plugin.ts')];
const printed = "from console.log\nfrom process.stdout\n{ from: 'console.info' }\nfrom console.debug\n";

/** What comes over the stream, up to the last line that is printed. */
async function readText(host: PluginHost): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  host.stdio().on('data', ({ data }: plugin.StdioData.$Shape) => {
    text += Buffer.from(data ?? new Uint8Array()).toString('utf8');
    if (text.includes('console.debug\n')) resolve(text);
  });
  return await promise;
}

for (const when of ['before', 'after'] as const) {
  test(`what a backend prints goes to the host's stream, opened ${when} it, and nowhere else`, async () => {
    await using host = await PluginHost.start({ command: chatty });
    const early = when === 'before' ? readText(host) : undefined;
    await host.mounted();
    const text = await (early ?? readText(host));
    expect(text).toBe(printed);
    await host.shutdown();
    await host.process.ended;
    expect(host.process.stdout.split('\n')).toEqual([expect.stringMatching(/^1\|5\|unix\|/), '']);
    expect(host.process.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(host.process.stderr)).toMatchObject({ '@message': 'from the logger', '@module': 'chatty' });
  });
}
