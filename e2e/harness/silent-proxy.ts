/** A proxy that tells of its models, and never answers what the plugin asks when it is configured. Dispose of it. */
export interface SilentProxy extends AsyncDisposable {
  readonly url: string;
  /** Settles when the plugin asks. */
  readonly asked: Promise<void>;
}

/** Starts one on loopback. */
export function startSilentProxy(): SilentProxy {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch({ url }) {
      if (url.endsWith('/v1/models')) return Response.json({ data: [{ id: 'gpt-4o' }, { id: 'gpt-4o-mini' }] });
      ask();
      return new Promise<never>(() => undefined);
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, asked, [Symbol.asyncDispose]: () => server.stop(true) };
}
