import { createServer as createHTTPServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHTTPSServer } from 'node:https';
import { bearerKey } from './litellm/access.ts';
import { Faults } from './litellm/faults.ts';
import { HeldCalls } from './litellm/held-calls.ts';
import { KeyRoutes, type KeySettings } from './litellm/key-routes.ts';
import { Owners } from './litellm/owners.ts';
import { Rates } from './litellm/rates.ts';
import { respond } from './litellm/respond.ts';
import { perform, type RouteContext } from './litellm/routes.ts';
import { hashKey, KeyTable } from './litellm/stored-key.ts';
import { closeHTTPServer, listenOnLoopback } from './loopback-server.ts';

/** How the stand-in is set up; everything has a default. */
export interface LiteLLMServerOptions extends Partial<KeySettings> {
  /** 0, a free one, by default. */
  readonly port?: number;
  readonly masterKey?: string;
  /** Models that answer by themselves. */
  readonly models?: readonly string[];
  /** Users whose keys are administrators' keys from the beginning; others are made with /user/new, as on a real proxy. */
  readonly adminUserIds?: readonly string[];
  /** Users whose keys are those of administrators who may only look (`proxy_admin_viewer`). */
  readonly viewerUserIds?: readonly string[];
  /** What `/health/license` answers; `community` by default. */
  readonly licenseType?: string;
  /** Comes before every path, as behind a reverse proxy; begins with a slash and does not end in one. */
  readonly pathPrefix?: string;
  /** PEM; speaks HTTPS when set, and only with clients whose certificate `clientCA` signed, where that is set. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCA?: string };
  /** The time, the machine's by default. */
  readonly now?: () => Date;
}

/** One request that came in. Keys are there as hashes only. */
export interface LoggedRequest {
  readonly method: string;
  /** Without the prefix and the query. */
  readonly path: string;
  /** The sha256 of the key that it came with; empty when there was none. */
  readonly keyHash: string;
  /** The sha256 of its body. */
  readonly bodyHash: string;
  /** Those of its headers that begin with `x-`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A LiteLLM that runs inside the test, with the rules of the real one for keys. */
export interface LiteLLMServer {
  /** With the path prefix, without a slash at the end. */
  readonly url: string;
  readonly masterKey: string;
  /** What is stored. */
  readonly keys: KeyTable;
  /** Teams and users; on a real proxy they are made with /team/new and /user/new, as here. */
  readonly owners: Owners;
  readonly requests: readonly LoggedRequest[];
  readonly faults: Faults;
  readonly held: HeldCalls;
  /** How many connections were made to it. */
  readonly connections: number;
  /** Resolves when the next request to a path has been dealt with; one that is left to hang, too. */
  handled(path: string): Promise<LoggedRequest>;
  /** Closes the kept-alive connections that are idle, as a proxy does after a while. */
  closeIdleConnections(): void;
  /** Ends it and all its connections. */
  stop(): Promise<void>;
}

const mockedModels = ['gpt-4o-mini', 'gpt-4o', 'claude-sonnet-4-5'];

/** Starts a stand-in for LiteLLM 1.106.2 on 127.0.0.1. Stop it. */
export async function startLiteLLMServer(options: LiteLLMServerOptions = {}): Promise<LiteLLMServer> {
  const { masterKey = 'sk-test-not-a-real-master-key', pathPrefix = '', tls, now = () => new Date() } = options;
  const keys = new KeyTable();
  const owners = new Owners(keys, now);
  for (const id of options.adminUserIds ?? []) owners.users.set(id, 'proxy_admin');
  for (const id of options.viewerUserIds ?? []) owners.users.set(id, 'proxy_admin_viewer');
  const settings: KeySettings = {
    disableCustomAPIKeys: options.disableCustomAPIKeys ?? false,
    wholeAliases: options.wholeAliases ?? false,
    upperbound: options.upperbound ?? {},
    defaults: options.defaults ?? {},
  };
  const context: RouteContext = {
    masterKey,
    models: options.models ?? mockedModels,
    keys,
    keyRoutes: new KeyRoutes(keys, settings, owners, now),
    owners,
    rates: new Rates(),
    licenseType: options.licenseType ?? 'community',
    now,
  };
  const faults = new Faults();
  const held = new HeldCalls();
  const requests: LoggedRequest[] = [];
  const waiting: { readonly path: string; readonly resolve: (request: LoggedRequest) => void }[] = [];
  let connections = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = url.pathname.startsWith(`${pathPrefix}/`) ? url.pathname.slice(pathPrefix.length) : '/outside';
    const { method = '', headers } = request;
    const key = bearerKey(headers.authorization);
    const logged = {
      method,
      path,
      keyHash: key === undefined ? '' : hashKey(key),
      bodyHash: hashKey(body),
      headers: gatewayHeaders(headers),
    };
    const call = requests.push(logged) - 1;
    response.setHeader('date', now().toUTCString());
    const parsed = { method, path, query: url.searchParams, authorization: headers.authorization, body };
    if (!(await held.pass(call, 'before', logged))) return void response.destroy();
    const fault = faults.take(path);
    // Its effect comes first where its answer is to be held.
    const done = held.holds(call, 'after', path) ? perform(context, parsed) : undefined;
    if (!(await held.pass(call, 'after', logged))) return void response.destroy();
    await respond(response, () => done ?? perform(context, parsed), fault);
    const index = waiting.findIndex((waiter) => waiter.path === path);
    if (index >= 0) waiting.splice(index, 1)[0]?.resolve(logged);
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createHTTPServer(listener) : createHTTPSServer(httpsOptions(tls), listener);
  server.on(tls === undefined ? 'connection' : 'secureConnection', () => {
    connections += 1;
  });
  const port = await listenOnLoopback(server, options.port);

  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${pathPrefix}`,
    masterKey,
    keys,
    owners,
    requests,
    faults,
    held,
    get connections() {
      return connections;
    },
    async handled(path) {
      return new Promise((resolve) => {
        waiting.push({ path, resolve });
      });
    },
    closeIdleConnections: () => server.closeIdleConnections(),
    async stop() {
      held.clear();
      await closeHTTPServer(server);
    },
  };
}

function httpsOptions({ cert, key, clientCA }: NonNullable<LiteLLMServerOptions['tls']>) {
  const clients = clientCA === undefined ? {} : { ca: clientCA, requestCert: true, rejectUnauthorized: true };
  return { cert, key, ...clients };
}

function gatewayHeaders(headers: IncomingMessage['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-') ? [[name, String(value)]] : [])),
  );
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}
