import { protocolVersion } from './environment.ts';

/** The version of go-plugin's own protocol, the first field of the handshake. */
const coreProtocolVersion = 1;

/**
 * The one line on standard output by which the host finds the plugin: where it listens, the certificate (DER) that it answers with and, for a
 * host that asks for it, that every stream may go over one connection. Go: `plugin.Serve`.
 */
export function handshakeLine(socketPath: string, certificate: Uint8Array, multiplex = false): string {
  const certificateText = Buffer.from(certificate).toString('base64').replace(/=+$/, '');
  return `${[coreProtocolVersion, protocolVersion, 'unix', socketPath, 'grpc', certificateText, ...(multiplex ? [true] : [])].join('|')}\n`;
}
