/** What a handshake line says. */
export interface Handshake {
  readonly coreProtocolVersion: string;
  readonly protocolVersion: string;
  readonly network: string;
  readonly address: string;
  readonly protocol: string;
  /** As it stands in the line: base64 without padding. */
  readonly certificateText: string;
  /** PEM. */
  readonly certPem: string;
}

/** Reads a handshake line as a host does. Go: `Client.Start` in go-plugin's client.go. */
export function parseHandshake(line: string): Handshake {
  const [coreProtocolVersion, protocolVersion, network, address, protocol, certificateText, ...rest] = line.split('|');
  if (
    coreProtocolVersion === undefined ||
    protocolVersion === undefined ||
    network === undefined ||
    address === undefined ||
    protocol === undefined ||
    certificateText === undefined ||
    rest.length > 0
  ) {
    throw new Error(`not a handshake line with six fields: ${line}`);
  }
  const base64 = Buffer.from(certificateText, 'base64').toString('base64');
  const certPem = `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { coreProtocolVersion, protocolVersion, network, address, protocol, certificateText, certPem };
}
