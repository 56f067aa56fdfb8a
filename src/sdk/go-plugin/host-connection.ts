import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import type { Announcement } from './broker.ts';
import type { Certificate } from './certificate.ts';
import { hostName } from './certificate.ts';

/** A connection back to the host, through which one mount reaches its storage and system view. */
export interface HostConnection {
  /** One call; rejects with grpc-js's `ServiceError`. */
  call<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<Response>;
  close(): void;
}

const noLimit = -1;

/**
 * Connects to where the host listens. Trusts only the holder of the certificate that the host gave. Go:
 * `GRPCBroker.Dial`.
 */
export function connectToHost(announcement: Announcement, hostCert: string, own: Certificate): HostConnection {
  const target = announcement.network === 'unix' ? `unix:${announcement.address}` : announcement.address;
  const tls = credentials.createSsl(Buffer.from(hostCert), Buffer.from(own.keyPem), Buffer.from(own.certPem));
  const client = new Client(target, tls, {
    'grpc.ssl_target_name_override': hostName,
    'grpc.default_authority': hostName,
    'grpc.max_receive_message_length': noLimit,
    'grpc.max_send_message_length': noLimit,
    'grpc.enable_channelz': 0,
  });
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          new Metadata(),
          (error, response) => {
            if (error !== null) reject(error);
            else if (response === undefined) reject(new Error(`the host answered ${method.path} with nothing`));
            else resolve(response);
          },
        );
      }),
    close: () => client.close(),
  };
}
