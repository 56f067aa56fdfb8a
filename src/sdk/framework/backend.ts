import type { Backend, BackendConfig, Paths } from '../logical/backend.ts';
import { type Clock, systemClock } from '../logical/clock.ts';
import { ReadOnlyError, UnsupportedOperationError, UnsupportedPathError } from '../logical/error.ts';
import { isOperation } from '../logical/operation.ts';
import type { InitializationRequest, Request } from '../logical/request.ts';
import { errorResponse, type Response, withWarnings } from '../logical/response.ts';
import { handleExistenceCheck } from './existence-check.ts';
import { parseFieldData } from './field-data.ts';
import { handleLeaseRequest } from './lease-request.ts';
import { parsePatch } from './patch.ts';
import { pathHelp, rootHelp } from './path-help.ts';
import type { Path, PathOperationName } from './path.ts';
import { PatternError } from './pattern.ts';
import { createForwarding } from './replication.ts';
import { parameterWarnings, requestData } from './request-data.ts';
import { rollBackWAL } from './rollback.ts';
import { createRouter } from './router.ts';
import type { Secret } from './secret.ts';
import { describeUnknownFields } from './unknown-fields.ts';

/** What a backend is declared by. Durations in seconds. Go: `Backend` in sdk/framework/backend.go. */
export interface BackendSpec {
  /** Shown above the list of paths in the help of the mount itself. */
  readonly help: string;
  /** The first that matches a request's path answers it. */
  readonly paths: readonly Path[];
  readonly pathsSpecial?: Paths;
  readonly secrets: readonly Secret[];
  /** Called once after each start, when the storage is usable. */
  initialize?(req: InitializationRequest): Promise<void>;
  /** Called about once a minute, before write-ahead entries are rolled back. */
  periodic?(req: Request): Promise<void>;
  /**
   * Undoes what a write-ahead entry describes. If this returns, the entry is deleted; if it throws, the entry stays.
   */
  walRollback?(req: Request, kind: string, data: unknown): Promise<void>;
  /** How old a write-ahead entry must be before it is rolled back: longer than its operation may take. Default: 600. */
  readonly walRollbackMinAge?: number;
  /** Releases resources; may be called twice. */
  clean?(): Promise<void>;
  /** Called with a key that another node wrote. */
  invalidate?(key: string): void;
  /** One of `backendType`. */
  readonly type: number;
  /** Semantic, with a leading `v`. */
  readonly runningVersion: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Made once: OpenBao asks what is not offered before each request, and an error with a stack takes time. */
const unsupportedOperation = new UnsupportedOperationError();

/** Makes a backend from its declaration. Throws, before any request, if the declaration cannot work. */
export function createBackend(spec: BackendSpec, config: BackendConfig): Backend {
  checkSpec(spec);
  const { clock = systemClock, pathsSpecial = {} } = spec;
  const router = createRouter(spec.paths);
  const mustForward = createForwarding(config.system);

  async function handleRollback(req: Request): Promise<Response | undefined> {
    // A periodic task that fails must not keep write-ahead entries from their rollback.
    const [periodic] = await Promise.allSettled([(async () => await spec.periodic?.(req))()]);
    const response =
      spec.walRollback &&
      (await rollBackWAL(req, {
        walRollback: async (...entry) => await spec.walRollback?.(...entry),
        minAge: spec.walRollbackMinAge,
        clock,
        logger: config.logger,
      }));
    if (periodic.status === 'rejected') throw periodic.reason;
    return response;
  }

  async function handlePath(operation: PathOperationName | 'help', req: Request): Promise<Response | undefined> {
    const route = router(req.path);
    if (route === undefined) throw new UnsupportedPathError();
    const { path } = route;
    if (operation === 'help') return await pathHelp(spec, config, path, req);
    const handler = path.operations[operation];
    if (handler === undefined) throw new UnsupportedOperationError();
    if (await mustForward(handler)) throw new ReadOnlyError();
    const data = requestData(req, route);
    if (data.ignored.length > 0 && mustKnowFields(path, operation)) {
      return errorResponse(describeUnknownFields(data.ignored, Object.keys(path.fields)));
    }
    const parsed = operation === 'patch' ? parsePatch(path.fields, data.raw) : parseFieldData(path.fields, data.raw);
    if (!parsed.ok) return errorResponse(`Field validation failed: ${parsed.message}`);
    const response = await handler.callback(req, parsed.data);
    const warnings = parameterWarnings(data);
    // Go warns only if there is an answer. A write has none, and a misspelt limit must not be lost silently.
    if (response === undefined && warnings.length > 0 && isWrite(operation)) return { warnings };
    return response && withWarnings(response, warnings);
  }

  async function handleRequest(req: Request): Promise<Response | undefined> {
    // By the operation first: a host may ask a path before it has checked the caller's rights.
    const { operation } = req;
    if (!isOperation(operation)) throw router(req.path) ? unsupportedOperation : new UnsupportedPathError();
    switch (operation) {
      case 'renew':
      case 'revoke':
        return await handleLeaseRequest(spec.secrets, operation, req);
      case 'rollback':
        return await handleRollback(req);
      case 'help':
        return req.path === '' ? await rootHelp(spec, config, req) : await handlePath(operation, req);
      case 'read':
      case 'create':
      case 'update':
      case 'patch':
      case 'delete':
      case 'list':
        return await handlePath(operation, req);
    }
  }

  return {
    type: spec.type,
    pluginVersion: spec.runningVersion,
    initialize: async (req) => await spec.initialize?.(req),
    handleRequest,
    handleExistenceCheck: async (req) => await handleExistenceCheck(router, req),
    specialPaths: () => pathsSpecial,
    invalidateKey: (key) => spec.invalidate?.(key),
    cleanup: async () => await spec.clean?.(),
  };
}

function mustKnowFields({ refusesUnknownFields = false }: Path, operation: PathOperationName): boolean {
  if (operation === 'read') return refusesUnknownFields === 'in reads too';
  return refusesUnknownFields !== false && isWrite(operation);
}

function isWrite(operation: PathOperationName): boolean {
  return operation === 'create' || operation === 'update' || operation === 'patch';
}

function checkSpec(spec: BackendSpec): void {
  for (const path of spec.paths) {
    if (path.operations.create !== undefined && path.existenceCheck === undefined) {
      throw new PatternError(
        path.pattern,
        'it offers create without an existenceCheck, so no create would ever arrive',
      );
    }
  }
  const types = spec.secrets.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined) throw new Error(`the secret type "${twice}" is declared twice`);
}
