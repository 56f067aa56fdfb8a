import { UnsupportedOperationError } from '../logical/error.ts';
import type { Request } from '../logical/request.ts';
import type { Response } from '../logical/response.ts';
import type { Secret as LeasedSecret } from '../logical/secret.ts';
import { type FieldData, parseFieldDataLeniently } from './field-data.ts';
import type { Fields, FieldsOf } from './field-schema.ts';

/** What a type of secret is declared by. Durations in seconds. */
export interface SecretSpec<T> {
  /** Names the type in the internal data of each lease: it must never change. */
  readonly type: string;
  /** The fields of the data that the client got, which the host may send back on renewal and revocation. */
  readonly fields: FieldsOf<T>;
  /** Without it the secrets are not renewable. */
  renew?(req: Request, data: FieldData<FieldsOf<T>>): Promise<Response | undefined>;
  revoke(req: Request, data: FieldData<FieldsOf<T>>): Promise<Response | undefined>;
  /** The lease that {@link Secret.response} starts from; without it the mount's default applies. */
  readonly defaultDuration?: number;
}

/** A response with a leased secret. */
export type SecretResponse = Response & { readonly secret: LeasedSecret };

/** A type of secret. Go: `Secret` in sdk/framework/secret.go. */
export interface Secret {
  readonly type: string;
  readonly fields: Fields;
  readonly renewable: boolean;
  /** A response with a lease: `data` goes to the client, `internalData` comes back when the lease is renewed or revoked. */
  response(data: Readonly<Record<string, unknown>>, internalData: Readonly<Record<string, unknown>>): SecretResponse;
  handleRenew(req: Request): Promise<Response | undefined>;
  handleRevoke(req: Request): Promise<Response | undefined>;
}

/**
 * Declares a type of secret. The callbacks' data has the fields that convert; the others count as not sent, so that
 * nothing prevents the end of a lease.
 */
export function defineSecret<T>(spec: SecretSpec<T>): Secret {
  return {
    type: spec.type,
    fields: spec.fields as Fields,
    renewable: spec.renew !== undefined,
    response: (data, internalData) => ({
      data,
      secret: {
        ttl: spec.defaultDuration ?? 0,
        maxTTL: 0,
        renewable: spec.renew !== undefined,
        increment: 0,
        internalData: { ...internalData, secret_type: spec.type },
      },
    }),
    handleRenew: async (req) => {
      if (spec.renew === undefined) throw new UnsupportedOperationError();
      return await spec.renew(req, parseFieldDataLeniently(spec.fields, req.data));
    },
    handleRevoke: async (req) => await spec.revoke(req, parseFieldDataLeniently(spec.fields, req.data)),
  };
}
