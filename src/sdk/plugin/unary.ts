import { type handleUnaryCall, type Metadata, type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { Logger } from '../logical/logger.ts';

/** What a handler learns of a call beside its request. */
export interface CallContext {
  readonly metadata: Metadata;
  /** Aborts when the caller has gone before the answer, or by {@link CallContext.abort}. */
  readonly signal: AbortSignal;
  /** Aborts the signal: the mount is going, and the call with it. */
  readonly abort: () => void;
}

/**
 * A grpc-js handler from an async function. What the function throws becomes an INTERNAL status and a line in the log:
 * faults of a backend never come this far, they travel in the reply.
 */
export function unary<Request, Response>(
  logger: Logger,
  handle: (request: Request, context: CallContext) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let finished = false;
    // grpc-js reports every call as cancelled in the end, answered ones too.
    call.on('cancelled', () => {
      if (!finished) abort();
    });
    const run = async (): Promise<void> => {
      try {
        const response = await handle(call.request, { metadata: call.metadata, signal: controller.signal, abort });
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
