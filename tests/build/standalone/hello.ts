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
  case 'fetches':
    console.log(await fetchesAtOnce(Number(rest[0])));
    process.exit(0);
    break;
  case 'libraries':
    console.log(JSON.stringify(openLibraries()));
    break;
  default:
    throw new Error(`no such task: ${task}`);
}

/** Of so many fetches of which none gets an answer, how many reach the server. */
async function fetchesAtOnce(count: number): Promise<number> {
  let arrived = 0;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch() {
      arrived += 1;
      if (arrived === count) resolve();
      return await new Promise<never>(() => undefined);
    },
  });
  for (let index = 0; index < count; index += 1) void fetch(server.url);
  // Where not all of them come, nothing tells that: those that are there are when nobody has come for a while.
  for (let seen = -1; seen !== arrived && arrived < count;) {
    seen = arrived;
    await Promise.race([all, Bun.sleep(1000)]);
  }
  return arrived;
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
