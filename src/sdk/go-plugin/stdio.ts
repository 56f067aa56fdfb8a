import { format } from 'node:util';
import type { ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { plugin } from '../pb/pb.js';

type StdioData = plugin.StdioData.$Shape;
type StdioCall = ServerWritableStream<plugin.Empty.$Shape, StdioData>;

const { Channel } = plugin.StdioData;

/** What is kept for a host that has not asked yet; older output is dropped. */
const maxBacklogBytes = 64 * 1024;

/**
 * Carries what the process prints to its host, since standard output belongs to the protocol: a library's stray
 * `console.log` must not get into the handshake. Go: `grpcStdioServer` in go-plugin's grpc_stdio.go.
 */
export class Stdio {
  #call: StdioCall | undefined;
  #backlog: Uint8Array[] = [];

  /** The handlers of `plugin.GRPCStdio`. */
  handlers(): UntypedServiceImplementation {
    return { streamStdio: (call: StdioCall) => this.#stream(call) };
  }

  /** Sends a piece of standard output. */
  write(data: Uint8Array): void {
    if (this.#call === undefined) this.#keep(data);
    else this.#call.write({ channel: Channel.STDOUT, data });
  }

  /** Takes over a process's standard output: what is written from now on goes to the host's stream. */
  capture(stdout: Pick<NodeJS.WriteStream, 'write'>, console: Pick<Console, 'log' | 'info' | 'debug'>): void {
    stdout.write = (chunk: string | Uint8Array, encoding?: unknown, written?: () => void) => {
      this.write(Buffer.from(chunk));
      const callback = typeof encoding === 'function' ? encoding : written;
      callback?.();
      return true;
    };
    // Bun's console writes to the descriptor itself.
    const print = (...values: readonly unknown[]): void => this.write(Buffer.from(`${format(...values)}\n`));
    Object.assign(console, { log: print, info: print, debug: print });
  }

  #stream(call: StdioCall): void {
    this.#call = call;
    call.on('cancelled', () => {
      if (this.#call === call) this.#call = undefined;
    });
    for (const data of this.#backlog.splice(0)) this.write(data);
  }

  #keep(data: Uint8Array): void {
    this.#backlog.push(data);
    let size = this.#backlog.reduce((sum, piece) => sum + piece.length, 0);
    while (size > maxBacklogBytes) size -= this.#backlog.shift()?.length ?? size;
  }
}
