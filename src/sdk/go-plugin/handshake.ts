import { protocolVersion } from './environment.ts';

/** The version of go-plugin's own protocol, the first field of the handshake. */
const coreProtocolVersion = 1;

/**
 * The one line on standard output that tells the host where the plugin listens, its certificate (DER) and, if the host
 * asks for it, that every stream may go over one connection. Go: `plugin.Serve`.
 */
export function handshakeLine(socketPath: string, certificate: Uint8Array, multiplex = false): string {
  const certificateText = Buffer.from(certificate).toString('base64').replace(/=+$/, '');
  return `${[coreProtocolVersion, protocolVersion, 'unix', socketPath, 'grpc', certificateText, ...(multiplex ? [true] : [])].join('|')}\n`;
}
