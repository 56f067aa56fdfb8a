import type { Request } from '../logical/request.ts';
import type { Response } from '../logical/response.ts';
import type { Secret } from './secret.ts';

/**
 * A lease that no secret of this backend handles. Deliberately none of the errors that a host knows: for those it would
 * give up the lease at once instead of trying again.
 */
export class UnsupportedSecretError extends Error {
  override readonly name = 'UnsupportedSecretError';

  constructor(reason: string) {
    super(`secret is unsupported by this backend: ${reason}`);
  }
}

/**
 * Renews or revokes a lease by the type in its internal data.
 * Go: `Backend.handleRevokeRenew`.
 */
export async function handleLeaseRequest(
  secrets: readonly Secret[],
  operation: 'renew' | 'revoke',
  req: Request,
): Promise<Response | undefined> {
  if (req.secret === undefined) throw new Error(`request has no secret, and so there is nothing to ${operation}`);
  const type = req.secret.internalData['secret_type'];
  if (typeof type !== 'string') throw new UnsupportedSecretError('its internal data has no secret_type');
  const secret = secrets.find((candidate) => candidate.type === type);
  if (secret === undefined) {
    // A text that is not the name of a type may be anything that got into a lease.
    throw new UnsupportedSecretError(
      `it has no secret of ${/^\w{1,64}$/.test(type) ? `the type "${type}"` : 'that type'}`,
    );
  }
  switch (operation) {
    case 'renew':
      return await secret.handleRenew(req);
    case 'revoke':
      return await secret.handleRevoke(req);
  }
}
