/** What a program finds in its root besides itself. */
export interface EmptyRoot {
  /** The program, as a path here; in the root it is `/program`. */
  readonly program: string;
  /** An empty folder here, which the root is put over. */
  readonly at: string;
  /** Folders of this machine that are there by the same path. */
  readonly folders?: readonly string[];
  /** Files that are there, with what is in them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether there is a /proc; true by default. */
  readonly proc?: boolean;
  /** Whether nothing can be written outside the folders, and nothing in them can be started. */
  readonly readOnly?: boolean;
  /** Whether it runs as nobody; only root can do that, who is asked for it. */
  readonly asNobody?: boolean;
}

/** Whether this process is root, and so can become somebody else. */
export const isRoot = process.getuid?.() === 0;

const script = String.raw`
set -e
root=$1 program=$2 proc=$3 access=$4 user=$5 folders=$6
shift 6
chroot=$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)
mount -t tmpfs -o mode=755 root "$root"
mkdir "$root/dev" "$root/proc" "$root/etc"
for device in null zero random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
[ "$proc" = no ] || mount --rbind /proc "$root/proc"
: > "$root/program"
mount --bind "$program" "$root/program"
while [ "$1" != -- ]; do
  printf %s "$2" > "$root$1"
  shift 2
done
shift
for folder in $folders; do
  mkdir -p "$root$folder"
  mount --bind "$folder" "$root$folder"
  [ "$access" = full ] || mount -o remount,bind,noexec,nosuid,nodev "$root$folder"
done
[ "$access" = full ] || mount -o remount,bind,ro "$root"
cd "$root"
if [ "$user" = nobody ]; then exec "$chroot" --userspec=65534:65534 "$root" /program "$@"; fi
exec "$chroot" "$root" /program "$@"
`;

/** What gives a command mounts of its own. */
const unshare = ['unshare', '--mount', ...(isRoot ? [] : ['--user', '--map-root-user'])] as const;

/** Whether this machine lets us make such a root: containers, where root may not mount either, and some distributions do not. */
export const canMakeEmptyRoot: boolean =
  process.platform === 'linux' && Bun.spawnSync([...unshare, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).success;

/**
 * The command that runs a program in a root in which there is nothing else: no C library, no shell, no certificates.
 * What it mounts is seen by nobody else, and goes with it.
 */
export function emptyRootCommand(root: EmptyRoot, args: readonly string[] = []): readonly string[] {
  const { program, at, folders = [], files = {}, proc = true, readOnly = false, asNobody = false } = root;
  return [
    ...['/usr/bin/env', ...unshare],
    ...['/bin/sh', '-c', script, 'empty-root', at, program],
    ...[proc ? 'proc' : 'no', readOnly ? 'readOnly' : 'full', asNobody ? 'nobody' : 'self', folders.join(' ')],
    ...Object.entries(files).flat(),
    '--',
    ...args,
  ];
}
