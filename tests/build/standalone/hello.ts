import { openSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';

// A program for the tests to make standalone: it does what its first argument says.

const O_CLOEXEC = 0o2000000;

const [task = 'tell', ...rest] = process.argv.slice(2);

switch (task) {
  case 'tell':
    console.log(JSON.stringify({ env: process.env, args: rest, execPath: process.execPath }));
    break;
  case 'exit':
    process.exit(Number(rest[0]));
    break;
  case 'streams':
    process.exit(['0', '1', '2'].some((number) => nameOf(number)?.startsWith('/memfd:')) ? 1 : 7);
    break;
  case 'wait':
    process.on('SIGUSR2', () => process.exit(42));
    console.log('ready');
    setInterval(() => undefined, 1000);
    break;
  case 'libraries':
    console.log(JSON.stringify(openLibraries()));
    break;
  default:
    throw new Error(`no such task: ${task}`);
}

/** The files in memory that this process has open: what they are called, whether a child inherits them, what writing does. */
function openLibraries(): object[] {
  const numbers = readdirSync('/proc/self/fd').filter((number) => nameOf(number)?.startsWith('/memfd:lib'));
  return numbers.map((number) => {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8'))?.[1] ?? '0';
    const inherited = (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
    return { name: nameOf(number), inherited, writing: tryToWrite(`/proc/self/fd/${number}`) };
  });
}

/** Undefined for the file by which the folder itself was read, which is closed again. */
function nameOf(number: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    return undefined;
  }
}

function tryToWrite(path: string): string {
  try {
    writeSync(openSync(path, 'r+'), 'x');
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
