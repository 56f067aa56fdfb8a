import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type MethodDefinition,
} from '@grpc/grpc-js';
import type { Certificate } from '../../../src/sdk/go-plugin/certificate.ts';

/** A call that is under way. */
export interface PendingCall<Response> {
  /** Rejects with grpc-js's `ServiceError`. */
  readonly response: Promise<Response>;
  readonly cancel: () => void;
}

/** A host's one connection to a plugin's process. */
export class PluginConnection {
  readonly #client: Client;

  constructor(socketPath: string, channelCredentials: ChannelCredentials) {
    this.#client = new Client(`unix:${socketPath}`, channelCredentials, {
      'grpc.ssl_target_name_override': 'localhost',
      'grpc.default_authority': 'localhost',
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
  }

  /** Starts a call; `multiplexId` says which mount it is about. */
  start<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    multiplexId?: string,
  ): PendingCall<Response> {
    const metadata = new Metadata();
    if (multiplexId !== undefined) metadata.set('multiplex_id', multiplexId);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const call = this.#client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      (error, response) => {
        if (error !== null) reject(error);
        else if (response === undefined) reject(new Error(`the plugin answered ${method.path} with nothing`));
        else resolve(response);
      },
    );
    return { response: promise, cancel: () => call.cancel() };
  }

  /** One call from beginning to end. */
  async call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    multiplexId?: string,
  ): Promise<Response> {
    return await this.start(method, request, multiplexId).response;
  }

  serverStream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
  ): ClientReadableStream<Response> {
    const stream = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
    );
    stream.on('error', () => undefined);
    return stream;
  }

  duplexStream<Request, Response>(method: MethodDefinition<Request, Response>): ClientDuplexStream<Request, Response> {
    const stream = this.#client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
    // It breaks off when the plugin ends.
    stream.on('error', () => undefined);
    stream.resume();
    return stream;
  }

  close(): void {
    this.#client.close();
  }
}

/** What a client shows and trusts; without `own` it shows nothing. */
export function clientCredentials(trustedCertPem: string, own?: Certificate): ChannelCredentials {
  const root = Buffer.from(trustedCertPem);
  if (own === undefined) return credentials.createSsl(root);
  return credentials.createSsl(root, Buffer.from(own.keyPem), Buffer.from(own.certPem));
}
