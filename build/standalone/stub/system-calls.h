/*
 * How a program calls the kernel and how it is entered, for each architecture: the only lines that differ.
 * The numbers are those of the kernel's own headers (asm/unistd_64.h, asm-generic/unistd.h).
 */

#if defined(__x86_64__)

enum {
  SYS_write = 1,
  SYS_close = 3,
  SYS_munmap = 11,
  SYS_fcntl = 72,
  SYS_exit_group = 231,
  SYS_openat = 257,
  SYS_prlimit64 = 302,
  SYS_memfd_create = 319,
};

static long system_call(long number, long a, long b, long c, long d) {
  register long fourth __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                   : "rcx", "r11", "memory");
  return result;
}

/* Entered with the stack pointer at the argument count, which moves two places down: as far as a stack pointer may, which
 * is a multiple of 16. The loader must find it there. */
__asm__(".section .entry,\"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  sub $16, %rsp\n"
        "  mov %rsp, %rsi\n"
        "  call start\n"
        "  xor %edx, %edx\n"
        "  jmp *%rax\n"
        ".text\n");

#elif defined(__aarch64__)

enum {
  SYS_fcntl = 25,
  SYS_openat = 56,
  SYS_close = 57,
  SYS_write = 64,
  SYS_exit_group = 94,
  SYS_munmap = 215,
  SYS_prlimit64 = 261,
  SYS_memfd_create = 279,
};

static long system_call(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}

/* Entered with the stack pointer at the argument count, which moves two places down: as far as a stack pointer may, which
 * is a multiple of 16. The loader must find it there. */
__asm__(".section .entry,\"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "  mov x29, xzr\n"
        "  mov x30, xzr\n"
        "  mov x0, sp\n"
        "  sub sp, sp, #16\n"
        "  mov x1, sp\n"
        "  bl start\n"
        "  mov x16, x0\n"
        "  mov x0, xzr\n"
        "  br x16\n"
        ".text\n");

#else
#error "no system calls for this architecture"
#endif
