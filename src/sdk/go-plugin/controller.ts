import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { plugin } from '../pb/pb.js';

type Empty = plugin.Empty.$Shape;

/** Lets the host ask the process to end. Go: `grpcControllerServer` in go-plugin's grpc_controller.go. */
export class Controller {
  /** Resolves when the host has asked. */
  readonly shutdown: Promise<void>;
  readonly #shutDown: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.shutdown = promise;
    this.#shutDown = resolve;
  }

  /** The handlers of `plugin.GRPCController`. */
  handlers(): UntypedServiceImplementation {
    return {
      shutdown: (_call: ServerUnaryCall<Empty, Empty>, callback: sendUnaryData<Empty>) => {
        callback(null, {});
        this.#shutDown();
      },
    };
  }
}
