import { describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListenerError, shareWithGroup, socketPathIn } from '../../../src/sdk/go-plugin/listener.ts';

const random = Uint8Array.of(0, 1, 0xfe, 0xff);
const fileName = 'plugin0001feff';
const longestPath = process.platform === 'darwin' ? 103 : 107;

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'l-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A folder in which a socket's path has so many bytes; its name is made of `unit`, as far as that goes. */
function folderFor(parent: string, pathLength: number, unit: string): string {
  const length = pathLength - Buffer.byteLength(join(parent, 'x', fileName)) + 1;
  const unitLength = Buffer.byteLength(unit);
  const folder = join(parent, unit.repeat(length / unitLength) + 'a'.repeat(length % unitLength));
  mkdirSync(folder);
  return folder;
}

describe('socketPathIn', () => {
  test('is a file of the folder with the random bytes in its name', () => {
    inFolder((folder) => {
      expect(socketPathIn(folder, random)).toBe(join(folder, fileName));
    });
  });

  for (const unit of ['x', 'ü']) {
    test(`takes ${longestPath} bytes of ${unit} and no more`, () => {
      inFolder((parent) => {
        const path = socketPathIn(folderFor(parent, longestPath, unit), random);
        expect(Buffer.byteLength(path)).toBe(longestPath);
        expect(() => socketPathIn(folderFor(parent, longestPath + 1, unit), random)).toThrow(ListenerError);
      });
    });
  }

  test('needs a folder that is there', () => {
    inFolder((folder) => {
      expect(() => socketPathIn(join(folder, 'absent'), random)).toThrow(/does not exist/);
      writeFileSync(join(folder, 'file'), '');
      expect(() => socketPathIn(join(folder, 'file'), random)).toThrow(/does not exist/);
    });
  });
});

describe('shareWithGroup', () => {
  test('lets the group read and write', () => {
    inFolder((folder) => {
      const file = join(folder, 'socket');
      writeFileSync(file, '', { mode: 0o600 });
      shareWithGroup(file, String(process.getgid?.() ?? 0));
      expect(statSync(file).mode & 0o777).toBe(0o660);
    });
  });

  test('names a group that there is not', () => {
    inFolder((folder) => {
      expect(() => shareWithGroup(folder, 'no-such-group')).toThrow(/no-such-group \(PLUGIN_UNIX_SOCKET_GROUP\)/);
    });
  });

  test('names the group that a socket could not be given to, and keeps the cause', () => {
    inFolder((folder) => {
      const share = () => shareWithGroup(join(folder, 'absent'), '1234');
      expect(share).toThrow(ListenerError);
      expect(share).toThrow(/1234 \(PLUGIN_UNIX_SOCKET_GROUP\)/);
      expect(share).toThrow(expect.objectContaining({ cause: expect.objectContaining({ code: 'ENOENT' }) }));
    });
  });
});
