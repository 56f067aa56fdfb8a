import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The kernel's limit for a socket's path, without its closing zero; macOS has four bytes less. */
const maxPathLength = process.platform === 'darwin' ? 103 : 107;

/** No socket can be made; the message says why and what to change. */
export class ListenerError extends Error {
  override readonly name = 'ListenerError';
}

/** A path for a new socket in a folder. Go: `serverListener_unix` in go-plugin's server.go. */
export function socketPathIn(folder: string, random: Uint8Array): string {
  const path = join(folder, `plugin${Buffer.from(random).toString('hex')}`);
  if (Buffer.byteLength(path) > maxPathLength) {
    throw new ListenerError(
      `the socket's path ${path} is longer than ${maxPathLength} bytes: set TMPDIR (or the runtime's socket folder) to a shorter one`,
    );
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ListenerError(
      `the folder for the plugin's socket, ${folder}, does not exist: create it or set TMPDIR to one that does`,
    );
  }
  return path;
}

/** Lets a group, by name or number, use a socket. Throws {@link ListenerError}. Go: `setGroupWritable`. */
export function shareWithGroup(path: string, group: string): void {
  const groupId = /^\d+$/.test(group) ? Number(group) : lookupGroup(group);
  try {
    chownSync(path, statSync(path).uid, groupId);
    chmodSync(path, 0o660);
  } catch (error) {
    throw new ListenerError(
      `cannot give the socket to the group ${group} (PLUGIN_UNIX_SOCKET_GROUP): make the plugin's user a member of it`,
      { cause: error },
    );
  }
}

function lookupGroup(name: string): number {
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [groupName, , groupId] = line.split(':');
    if (groupName === name && groupId !== undefined) return Number(groupId);
  }
  throw new ListenerError(`the group ${name} (PLUGIN_UNIX_SOCKET_GROUP) is not in /etc/group: give its number instead`);
}
