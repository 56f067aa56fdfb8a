/** A name server that knows one name. */
export interface DnsServer extends AsyncDisposable {
  /** How often it was asked for the name. */
  readonly asked: number;
}

/** Size of a message's head; RFC 1035, 4.1.1. */
const HEAD = 12;
const TYPE_A = 1;
const CLASS_IN = 1;
const RESPONSE_WITHOUT_ERROR = 0x8180;
const NO_SUCH_NAME = 3;
/** A name that stands at the beginning of the question. */
const NAME_OF_QUESTION = 0xc000 | HEAD;

/** Answers for `name` with 127.0.0.1 on port 53 of a loopback address, which takes root to listen on. */
export async function startDnsServer(hostname: string, name: string): Promise<DnsServer> {
  let asked = 0;
  const socket = await Bun.udpSocket({
    hostname,
    port: 53,
    socket: {
      data(from, message, port, address) {
        const known = nameIn(message) === name;
        if (known) asked++;
        from.send(answer(message, known), port, address);
      },
    },
  });
  return {
    get asked() {
      return asked;
    },
    [Symbol.asyncDispose]: async () => socket.close(),
  };
}

function nameIn(message: Buffer): string {
  const labels: string[] = [];
  for (let at = HEAD; message.readUInt8(at) !== 0; at += 1 + message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message.readUInt8(at)));
  }
  return labels.join('.').toLowerCase();
}

function answer(message: Buffer, known: boolean): Buffer {
  const endOfName = message.indexOf(0, HEAD) + 1;
  const wantsAddress = message.readUInt16BE(endOfName) === TYPE_A;
  const reply = Buffer.from(message.subarray(0, endOfName + 4));
  const answers = known && wantsAddress ? 1 : 0;
  [RESPONSE_WITHOUT_ERROR | (known ? 0 : NO_SUCH_NAME), 1, answers, 0, 0].forEach((value, index) =>
    reply.writeUInt16BE(value, 2 + 2 * index),
  );
  if (answers === 0) return reply;
  const record = Buffer.alloc(16);
  [NAME_OF_QUESTION, TYPE_A, CLASS_IN, 0, 60, 4].forEach((value, index) => record.writeUInt16BE(value, 2 * index));
  record.set([127, 0, 0, 1], 12);
  return Buffer.concat([reply, record]);
}
