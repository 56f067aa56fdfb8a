/** What can be missing at the start, by the names that stub/start.c gives it. */
export type StartFailure = 'no_memfd' | 'no_descriptor' | 'file_size_limit' | 'no_memory' | 'no_proc';

/** The one line that goes to stderr for each of them, before the program ends with 127. */
export function startFailureLines(
  program: string,
  librarySizes: readonly number[],
): Readonly<Record<StartFailure, string>> {
  const largest = Math.max(...librarySizes);
  const all = librarySizes.reduce((sum, size) => sum + size, 0);
  const line = (fact: string): string => `${program}: cannot start: ${fact}\n`;
  return {
    no_memfd: line('memfd_create does not work here (a kernel before Linux 3.17, or a seccomp filter that forbids it)'),
    no_descriptor: line('no file descriptor is free (see ulimit -n)'),
    file_size_limit: line(`the limit for the size of files is too small (ulimit -f; ${largest} bytes are needed)`),
    no_memory: line(`no memory for the C library (${all} bytes are needed)`),
    no_proc: line('/proc is not mounted, or does not show this process its own files (/proc/self/fd)'),
  };
}
