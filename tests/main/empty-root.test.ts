import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canMakeEmptyRoot, type EmptyRoot, emptyRootCommand, isRoot } from '../harness/empty-root.ts';
import { PluginHost } from '../harness/plugin-host.ts';
import { pluginBinary } from '../harness/plugin-host/plugin-process.ts';

// The compiled plugin where there is nothing but itself, /proc, some devices and the folder for sockets.

let folder: string;
let sockets: string;
let at: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'root-'));
  [sockets, at] = [join(folder, 'sockets'), join(folder, 'root')];
  await mkdir(sockets);
  await mkdir(at);
  await chmod(folder, 0o755);
  await chmod(sockets, 0o777);
});
afterAll(() => rm(folder, { recursive: true }));

const kinds: readonly { readonly name: string; readonly root: Partial<EmptyRoot> }[] = [
  { name: 'an empty root', root: {} },
  {
    name: 'an empty root that is read-only, with nothing executable in the folder for sockets',
    root: { readOnly: true },
  },
  // Who is not root is already somebody who may do nothing; root has to become so.
  { name: 'an empty root, as nobody', root: { asNobody: isRoot, readOnly: true } },
];

if (!canMakeEmptyRoot) console.log('NOT RUN in an empty root: nobody may mount one here.');

describe('the plugin serves in', () => {
  for (const { name, root } of canMakeEmptyRoot ? kinds : []) {
    test(name, async () => {
      const command = emptyRootCommand({ program: pluginBinary, at, folders: [sockets], ...root });
      await using host = await PluginHost.start({ command, environment: { PLUGIN_UNIX_SOCKET_DIR: sockets } });
      expect(await host.health()).toMatchObject({ status: 1 });
      expect(await host.version()).toMatch(/^v\d/);
    });
  }
});
