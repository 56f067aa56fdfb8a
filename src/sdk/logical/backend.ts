import type { Logger } from './logger.ts';
import type { InitializationRequest, Request } from './request.ts';
import type { Response } from './response.ts';
import type { Storage } from './storage.ts';
import type { SystemView } from './system-view.ts';

/** What kind of backend this is, by its number on the wire. Go: `logical.BackendType`. */
export const backendType = { unknown: 0, logical: 1, credential: 2 } as const;

/** Paths with special treatment by the host. Go: `logical.Paths` in sdk/logical/logical.go. */
export interface Paths {
  readonly root?: readonly string[];
  readonly unauthenticated?: readonly string[];
  readonly localStorage?: readonly string[];
  readonly sealWrapStorage?: readonly string[];
}

/** What an existence check found; without a check the host treats a write as an update. */
export interface ExistenceCheckResult {
  readonly checkFound: boolean;
  readonly exists: boolean;
}

/**
 * A mounted backend as the host sees it. User mistakes are error responses; other errors are thrown. Go:
 * `logical.Backend` in sdk/logical/logical.go.
 */
export interface Backend {
  readonly type: number;
  /** Semantic, with a leading `v`. Go: `logical.PluginVersioner`. */
  readonly pluginVersion: string;
  initialize(request: InitializationRequest): Promise<void>;
  handleRequest(request: Request): Promise<Response | undefined>;
  handleExistenceCheck(request: Request): Promise<ExistenceCheckResult>;
  specialPaths(): Paths;
  /** Called with a key that another node wrote. */
  invalidateKey(key: string): void;
  /** Called when the mount closes, maybe twice. */
  cleanup(): Promise<void>;
}

/** What a backend is made from. Go: `logical.BackendConfig`. */
export interface BackendConfig {
  /** Usable once `initialize` was called; while a plugin is registered, there is none behind it. */
  readonly storage: Storage;
  readonly system: SystemView;
  readonly logger: Logger;
  readonly config: Readonly<Record<string, string>>;
  /** Identifies the mount for its whole life; empty at registration. */
  readonly backendUUID: string;
}

/** Makes a backend for one mount; must not touch the storage. Go: `logical.Factory`. */
export type Factory = (config: BackendConfig) => Promise<Backend>;
