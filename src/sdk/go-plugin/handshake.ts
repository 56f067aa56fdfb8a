import { protocolVersion } from './environment.ts';

/** The version of go-plugin's own protocol, the first field of the handshake. */
const coreProtocolVersion = 1;

/**
 * The one line on standard output by which the host finds the plugin: where it listens and the
 * certificate (DER) that it answers with. Go: `plugin.Serve`.
 */
export function handshakeLine(socketPath: string, certificate: Uint8Array): string {
  const certificateText = Buffer.from(certificate).toString('base64').replace(/=+$/, '');
  return `${[coreProtocolVersion, protocolVersion, 'unix', socketPath, 'grpc', certificateText].join('|')}\n`;
}
