import { type handleUnaryCall, type Metadata, type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { watchCall } from '../go-plugin/watched-connection.ts';
import type { Logger } from '../logical/logger.ts';

/** What a handler learns of a call besides its request. */
export interface CallContext {
  readonly metadata: Metadata;
  /** Aborts if the caller has gone before the answer, or by {@link CallContext.abort}. */
  readonly signal: AbortSignal;
  /** Aborts the signal: the mount closes, and the call with it. */
  readonly abort: () => void;
  /**
   * Calls `act`, once, if the caller gives the call up and so takes no answer, also after the answer was sent, when the
   * signal is silent. Never, if the wire does not tell.
   */
  readonly onUndelivered: (act: () => void) => void;
}

/**
 * A grpc-js handler from an async function. What the function throws becomes an INTERNAL status and a line in the log.
 * Errors of a backend never come this far: they travel in the reply.
 */
export function unary<Request, Response>(
  logger: Logger,
  handle: (request: Request, context: CallContext) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const onUndelivered = (act: () => void): void => watchCall(call, act);
    let finished = false;
    // grpc-js reports every call as cancelled in the end, also answered ones.
    call.on('cancelled', () => {
      if (!finished) abort();
    });
    const run = async (): Promise<void> => {
      try {
        const context = { metadata: call.metadata, signal: controller.signal, abort, onUndelivered };
        const response = await handle(call.request, context);
        finished = true;
        callback(null, response);
      } catch (error) {
        finished = true;
        const details = error instanceof Error ? error.message : String(error);
        logger.log('error', 'call failed', { method: call.getPath(), error: details });
        callback({ code: status.INTERNAL, details });
      }
    };
    void run();
  };
}
