/*
 * The first code that runs in a standalone file; ../README.md says what it is there for.
 *
 * It may use nothing: there is no C library yet, no writable variable of its own, and no relocation is applied to it.
 * Everything that it must know stands in `plan`, which ../start-code.ts puts right behind this code, field by field.
 */

#include "system-calls.h"

typedef unsigned long word; /* 64 bits on every architecture that is served */

/* Bytes somewhere in this process. */
struct bytes {
  const char *address;
  word size;
};

struct library {
  struct bytes content;
  const char *memfd_name;
  /* What the program's loader is asked for, "/proc/self/fd/" and the number; and the place of the number in it. */
  char *path;
  char *path_number;
};

/* Keep in step with ../start-code.ts. */
extern const struct plan {
  /* What the kernel would have told the loader, had the kernel started it. */
  word program_headers, program_header_count, program_entry, loader_base, loader_entry;
  /* Variables whose names begin with one of these are dropped: texts one behind the other, an empty one at the end. */
  const char *dropped_variables;
  /* A variable ("NAME=value") that the program finds in its environment. */
  const char *added_variable;
  struct bytes no_memfd, no_descriptor, file_size_limit, no_memory, no_proc;
  /* The pages that hold every library's content; of no use when it is copied. */
  struct bytes library_pages;
  word library_count;
  struct library libraries[];
} plan __attribute__((visibility("hidden")));

/* Kernel interface, in the words of its headers. */
enum { AT_NULL = 0, AT_PHDR = 3, AT_PHNUM = 5, AT_BASE = 7, AT_ENTRY = 9 };
enum { MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_NOEXEC_SEAL = 8 };
enum { F_DUPFD_CLOEXEC = 1030, F_ADD_SEALS = 1033 };
enum { F_SEAL_SEAL = 1, F_SEAL_SHRINK = 2, F_SEAL_GROW = 4, F_SEAL_WRITE = 8 };
enum { AT_FDCWD = -100, O_RDONLY_CLOEXEC = 02000000 };
enum { EINTR = 4, EINVAL = 22, ENFILE = 23, EMFILE = 24 };
enum { STDERR = 2, RLIMIT_FSIZE = 1, EXIT_CANNOT_START = 127 };

static void __attribute__((noreturn)) fail(const struct bytes *message) {
  system_call(SYS_write, STDERR, (word)message->address, message->size, 0);
  for (;;) system_call(SYS_exit_group, EXIT_CANNOT_START, 0, 0, 0);
}

/* The result of a system call that opens a file, when it is one; otherwise the end. */
static long opened(long file, const struct bytes *message) {
  if (file < 0) fail(file == -EMFILE || file == -ENFILE ? &plan.no_descriptor : message);
  return file;
}

/* Whether a variable ("NAME=value") goes. */
static int dropped(const char *variable) {
  for (const char *prefix = plan.dropped_variables; *prefix != 0; prefix++) {
    const char *rest = variable;
    while (*prefix != 0 && *prefix == *rest) prefix++, rest++;
    if (*prefix == 0) return 1;
    while (*prefix != 0) prefix++;
  }
  return 0;
}

/* The value that an entry of the auxiliary vector would have if the kernel had started the loader. */
static word auxiliary_value(word type, word value) {
  switch (type) {
  case AT_PHDR: return plan.program_headers;
  case AT_PHNUM: return plan.program_header_count;
  case AT_BASE: return plan.loader_base;
  case AT_ENTRY: return plan.program_entry;
  default: return value;
  }
}

/* What lies on the stack is one block: argument count, arguments, environment, auxiliary vector. It is written anew
 * from `to` on, which lies so far before it that no place is written before it was read, whether a variable goes or not:
 * the added one takes one of the places between. */
static void rewrite_stack(word *from, word *to) {
  word arguments = from[0] + 2; /* with the count and the zero that ends them */
  while (arguments-- > 0) *to++ = *from++;
  *to++ = (word)plan.added_variable;
  for (; *from != 0; from++)
    if (!dropped((const char *)*from)) *to++ = *from;
  *to++ = 0;
  from++;
  for (word type = ~0ul; type != AT_NULL; from += 2, to += 2) {
    type = from[0];
    to[1] = auxiliary_value(type, from[1]);
    to[0] = type;
  }
}

/* An empty file in memory whose number is not one of the three standard streams', even if these are closed. */
static long memory_file(const char *name) {
  word flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  long file = system_call(SYS_memfd_create, (word)name, flags | MFD_NOEXEC_SEAL, 0, 0);
  if (file == -EINVAL) file = system_call(SYS_memfd_create, (word)name, flags, 0, 0); /* before Linux 6.3 */
  opened(file, &plan.no_memfd);
  if (file > STDERR) return file;
  long higher = opened(system_call(SYS_fcntl, file, F_DUPFD_CLOEXEC, STDERR + 1, 0), &plan.no_descriptor);
  system_call(SYS_close, file, 0, 0, 0);
  return higher;
}

static void fill(long file, const struct bytes *content) {
  for (word done = 0; done < content->size;) {
    long count = system_call(SYS_write, file, (word)content->address + done, content->size - done, 0);
    if (count == -EINTR) continue;
    if (count <= 0) fail(&plan.no_memory);
    done += count;
  }
  if (system_call(SYS_fcntl, file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, 0) != 0)
    fail(&plan.no_memfd);
}

/* Writes a number in decimal, and the zero that ends a text. */
static void write_number(char *to, word number) {
  word digits = 1;
  for (word rest = number; rest >= 10; rest /= 10) digits++;
  to[digits] = 0;
  for (; digits > 0; number /= 10) to[--digits] = '0' + number % 10;
}

static void provide(const struct library *library) {
  long file = memory_file(library->memfd_name);
  fill(file, &library->content);
  write_number(library->path_number, file);
  /* The loader will open it by this name; if that cannot be, here is the place to say why. */
  file = opened(system_call(SYS_openat, AT_FDCWD, (word)library->path, O_RDONLY_CLOEXEC, 0), &plan.no_proc);
  system_call(SYS_close, file, 0, 0, 0);
}

/* Called with the stack as the kernel left it, and where it shall be instead; answers where to go on. */
__attribute__((visibility("hidden"))) word start(word *stack, word *new_stack) {
  rewrite_stack(stack, new_stack);

  struct { word now, highest; } limit;
  int limited = system_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (word)&limit) == 0;
  for (word i = 0; i < plan.library_count; i++) {
    /* The kernel would send SIGXFSZ, which kills without a word. */
    if (limited && limit.now < plan.libraries[i].content.size) fail(&plan.file_size_limit);
    provide(&plan.libraries[i]);
  }
  system_call(SYS_munmap, (word)plan.library_pages.address, plan.library_pages.size, 0, 0);
  return plan.loader_entry;
}
