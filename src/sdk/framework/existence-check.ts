import type { ExistenceCheckResult } from '../logical/backend.ts';
import { RelativePathError, UnsupportedPathError, UserError } from '../logical/error.ts';
import type { Request } from '../logical/request.ts';
import { parseFieldData } from './field-data.ts';
import { requestData } from './request-data.ts';
import type { Router } from './router.ts';

/**
 * Tells the host whether a write creates or updates. Bad input is a {@link UserError}, since no response is possible
 * here. Go: `Backend.HandleExistenceCheck`.
 */
export async function handleExistenceCheck(router: Router, req: Request): Promise<ExistenceCheckResult> {
  if (req.operation !== 'create' && req.operation !== 'update') {
    throw new Error(`an existence check is for a create or an update, not for "${req.operation}"`);
  }
  const route = router(req.path);
  if (route === undefined) throw new UnsupportedPathError();
  const { path } = route;
  if (path.existenceCheck === undefined) return { checkFound: false, exists: false };
  const parsed = parseFieldData(path.fields, requestData(req, route).raw);
  if (!parsed.ok) throw new UserError(parsed.message);
  try {
    return { checkFound: true, exists: await path.existenceCheck(req, parsed.data) };
  } catch (error) {
    // The host recognizes this error by its text if a request fails with it, but not here.
    throw error instanceof RelativePathError ? new UserError(error.message) : error;
  }
}
