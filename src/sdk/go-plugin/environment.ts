import { X509Certificate } from 'node:crypto';

/** What a host tells a plugin's process in its environment. Go: `plugin.Serve` and `pluginutil` name the variables. */
export interface HostEnvironment {
  /** The host's certificate, PEM: the one client to accept and the one server to trust. */
  readonly clientCert: string;
  /** The folder for sockets, which the host shares with the plugin. */
  readonly socketDir: string;
  /** A group, by name or number, that must be able to use the socket. */
  readonly socketGroup?: string;
  /** Whether the host wants every stream over one connection, as it does for a plugin in a container. */
  readonly multiplex: boolean;
}

/** The handshake that both engines use for backends. Go: `backendplugin.HandshakeConfig`. */
const magicCookie = '6669da05-b1c8-4f49-97d9-c8e5bed98e20';
const magicCookieNames = ['VAULT_BACKEND_PLUGIN', 'BAO_BACKEND_PLUGIN'];

/** The version of the backend protocol that the plugin speaks. */
export const protocolVersion = 5;

/** The process was not started by a host, or by one that this plugin cannot serve. */
export class HostEnvironmentError extends Error {
  override readonly name = 'HostEnvironmentError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Tells whether a host started this process, and not a person. */
export function isStartedByHost(environment: Environment): boolean {
  return magicCookieNames.some((name) => environment[name] === magicCookie);
}

/**
 * Reads what the host says. Throws {@link HostEnvironmentError} if the host asks for what the plugin does not offer.
 */
export function readHostEnvironment(environment: Environment): HostEnvironment {
  const versions = environment['PLUGIN_PROTOCOL_VERSIONS'];
  if (versions && !versions.split(',').includes(String(protocolVersion))) {
    throw new HostEnvironmentError(
      `the host speaks plugin protocol ${versions}, this plugin speaks ${protocolVersion}: use a plugin and an engine that share one; ` +
        'if an error precedes this one, that is the reason: this one is from the second try of the engine, with an older protocol',
    );
  }
  const clientCert = environment['PLUGIN_CLIENT_CERT'];
  if (!clientCert) {
    throw new HostEnvironmentError(
      'the host sent no certificate (PLUGIN_CLIENT_CERT), so the connection could not be encrypted: ' +
        'use an engine with automatic mutual TLS (Vault 1.11 or later, any OpenBao) and do not switch it off',
    );
  }
  if (!isCertificate(clientCert)) {
    throw new HostEnvironmentError(
      'what the host sent as its certificate (PLUGIN_CLIENT_CERT) is not one: start the plugin by an engine',
    );
  }
  const socketGroup = environment['PLUGIN_UNIX_SOCKET_GROUP'];
  return {
    clientCert,
    socketDir: environment['PLUGIN_UNIX_SOCKET_DIR'] || environment['TMPDIR'] || '/tmp',
    ...(socketGroup ? { socketGroup } : {}),
    multiplex: isTrue(environment['PLUGIN_MULTIPLEX_GRPC']),
  };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** The spellings of true in Go's `strconv.ParseBool`. */
function isTrue(value: string | undefined): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value ?? '');
}
