import type { HostConnection } from '../go-plugin/host-connection.ts';
import type { Backend } from '../logical/backend.ts';
import type { Storage } from '../logical/storage.ts';
import type { CallsInFlight } from './calls-in-flight.ts';

/** One mount in this process. */
export interface BackendInstance {
  readonly backend: Backend;
  readonly storage: Storage;
  readonly host: HostConnection;
  readonly calls: CallsInFlight;
}

/** The host named a mount that it has not set up, or has already cleaned up. */
export class NoSuchInstanceError extends Error {
  override readonly name = 'NoSuchInstanceError';

  constructor() {
    super('the host asked for a mount that it has not set up in this process');
  }
}

/** The mounts of one process, by the id that the host gives each. Go: the `instances` of `backendGRPCPluginServer`. */
export class BackendInstances {
  readonly #byId = new Map<string, BackendInstance>();

  /** Throws {@link NoSuchInstanceError}. */
  get(id: string): BackendInstance {
    const instance = this.#byId.get(id);
    if (instance === undefined) throw new NoSuchInstanceError();
    return instance;
  }

  /** Adds a mount, and closes one that had the same id. */
  async add(id: string, instance: BackendInstance): Promise<void> {
    const former = this.#take(id);
    this.#byId.set(id, instance);
    if (former) await letGo(former);
  }

  /** Closes a mount. The host asks twice when it unmounts: the second time does nothing. */
  async remove(id: string): Promise<void> {
    const instance = this.#take(id);
    if (instance) await letGo(instance);
  }

  /** Closes every mount. */
  async removeAll(): Promise<void> {
    await Promise.all([...this.#byId.keys()].map((id) => this.remove(id)));
  }

  #take(id: string): BackendInstance | undefined {
    const instance = this.#byId.get(id);
    this.#byId.delete(id);
    return instance;
  }
}

async function letGo({ backend, host, calls }: BackendInstance): Promise<void> {
  try {
    await calls.end();
    await backend.cleanup();
  } finally {
    host.close();
  }
}
