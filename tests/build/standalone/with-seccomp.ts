import { dlopen, FFIType, ptr } from 'bun:ffi';

// with-seccomp.ts MODE PROGRAM…: becomes PROGRAM, for which the kernel is another than it is here.

/** `absent`: there is no such call. `old`: the call does not know MFD_NOEXEC_SEAL, as before Linux 6.3.
 * `full`: there is no memory for a large file. */
type Mode = 'absent' | 'old' | 'full';

/** The numbers of the system calls that are meddled with. */
const calls: Readonly<Record<string, { readonly memfd_create: number; readonly write: number }>> = {
  x64: { memfd_create: 319, write: 1 },
  arm64: { memfd_create: 279, write: 64 },
};
const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;
const MFD_NOEXEC_SEAL = 8;
const ENOSYS = 38;
const EINVAL = 22;
const ENOSPC = 28;
const LARGE = 1_000_000;

/** Instructions of the kernel's packet filter: what they do, where they go on if true and if false, their operand. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];
const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const equals = (value: number, ifTrue: number, ifFalse: number): Instruction => [0x15, ifTrue, ifFalse, value];
const atLeast = (value: number, ifTrue: number, ifFalse: number): Instruction => [0x35, ifTrue, ifFalse, value];
const hasBits = (bits: number, ifTrue: number, ifFalse: number): Instruction => [0x45, ifTrue, ifFalse, bits];
const answer = (value: number): Instruction => [0x06, 0, 0, value];
const allow = answer(0x7fff0000);
const fail = (errno: number): Instruction => answer(0x00050000 | errno);

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const SECOND_ARGUMENT = 24;
const THIRD_ARGUMENT = 32;

function filterFor(mode: Mode): readonly Instruction[] {
  const numbers = calls[process.arch];
  if (numbers === undefined) throw new Error(`no numbers of system calls for ${process.arch}`);
  switch (mode) {
    case 'absent':
      return [load(NUMBER), equals(numbers.memfd_create, 0, 1), fail(ENOSYS), allow];
    case 'old':
      return [
        load(NUMBER),
        equals(numbers.memfd_create, 0, 3),
        load(SECOND_ARGUMENT),
        hasBits(MFD_NOEXEC_SEAL, 0, 1),
        fail(EINVAL),
        allow,
      ];
    case 'full':
      return [
        load(NUMBER),
        equals(numbers.write, 0, 3),
        load(THIRD_ARGUMENT),
        atLeast(LARGE, 0, 1),
        fail(ENOSPC),
        allow,
      ];
  }
}

const { symbols: libc } = dlopen('libc.so.6', {
  prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
  execve: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
});

const [mode, ...command] = process.argv.slice(2);
if (mode !== 'absent' && mode !== 'old' && mode !== 'full') throw new Error(`no such mode: ${mode}`);
const filter = filterFor(mode);
const instructions = Buffer.alloc(filter.length * 8);
filter.forEach(([code, ifTrue, ifFalse, operand], index) => {
  instructions.writeUInt16LE(code, index * 8);
  instructions.writeUInt8(ifTrue, index * 8 + 2);
  instructions.writeUInt8(ifFalse, index * 8 + 3);
  instructions.writeUInt32LE(operand, index * 8 + 4);
});
const program = Buffer.alloc(16);
program.writeUInt16LE(filter.length, 0);
program.writeBigUInt64LE(BigInt(ptr(instructions)), 8);
const texts = command.map((word) => Buffer.from(`${word}\0`));
const list = new BigUint64Array([...texts.map((text) => BigInt(ptr(text))), 0n]);
const environment = new BigUint64Array([0n]);
if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error('prctl(PR_SET_NO_NEW_PRIVS) failed');
if (libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ptr(program), 0, 0) !== 0) throw new Error('no seccomp');
const [path] = texts;
if (path === undefined) throw new Error('which program?');
libc.execve(ptr(path), ptr(list), ptr(environment));
throw new Error(`${command[0]} cannot be started`);
