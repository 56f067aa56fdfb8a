import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../dist.ts';
import { runCommand } from '../../command.ts';
import { pythonPackage } from '../../python.ts';
import { type Architecture, architectures } from '../elf-file.ts';
import { stubFile } from '../start-code.ts';

// make.ts [--check]: makes the stub's machine code from start.c, or, with --check, makes it again and compares it with
// what is in the tree. Nobody needs this to build the plugin. The compiler is zig, which comes as the Python package ziglang.

/** The code has to work at any address; the same bytes for two of them prove that it does. */
const bases = ['0x0', '0x7ff0000'];

/** The size that the stub has to stay under, in bytes. */
const LIMIT = 1024;

const triples: Readonly<Record<Architecture, string>> = {
  x64: 'x86_64-freestanding-none',
  arm64: 'aarch64-freestanding-none',
};

const compilerFlags = [
  ...['-Oz', '-ffreestanding', '-fno-builtin', '-Wall', '-Wextra', '-Werror'],
  // Independent of its address, without any table of addresses.
  ...['-fPIC', '-fvisibility=hidden', '-fno-jump-tables'],
  // Nothing that wants a library or a section of its own.
  ...['-fno-stack-protector', '-fno-sanitize=all', '-fno-unwind-tables', '-fno-asynchronous-unwind-tables'],
];

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

async function compile(zig: string, architecture: Architecture, folder: string): Promise<Uint8Array> {
  const object = join(folder, `${architecture}.o`);
  const $ = new Bun.$.Shell().cwd(import.meta.dir);
  await $`${zig} cc -c -target ${triples[architecture]} ${compilerFlags} start.c -o ${object}`;
  const made: Uint8Array[] = [];
  for (const base of bases) {
    const linked = join(folder, `${architecture}-${base}`);
    await $`${zig} ld.lld -T start.ld --defsym=base=${base} --oformat=binary ${object} -o ${linked}`;
    made.push(await readFile(linked));
  }
  const [code, elsewhere] = made;
  if (code === undefined || elsewhere === undefined || !sameBytes(code, elsewhere)) {
    throw new Error(`The stub for ${architecture} depends on its address.`);
  }
  if (code.length >= LIMIT) throw new Error(`The stub for ${architecture} has ${code.length} bytes.`);
  return code;
}

await runCommand(async (signal) => {
  const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
  const { config } = (await Bun.file(join(root, 'package.json')).json()) as { readonly config: { ziglang: string } };
  const compiler = { name: 'ziglang', version: config.ziglang, least: [3, 9] } as const;
  const zig = join(await pythonPackage(compiler, signal), 'ziglang/zig');
  await using folder = await mkdtempDisposable(join(tmpdir(), 'stub-'));
  for (const architecture of architectures) {
    const code = await compile(zig, architecture, folder.path);
    const file = stubFile(architecture);
    if (values.check !== true) {
      await Bun.write(file, code);
    } else if (!sameBytes(code, await readFile(file))) {
      throw new Error(`${file} is not what start.c gives.`);
    }
    console.log(`${architecture}: ${code.length} bytes`);
  }
});
