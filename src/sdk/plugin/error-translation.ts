import Long from 'long';
import {
  CodedError,
  InvalidRequestError,
  UnsupportedOperationError,
  UnsupportedPathError,
  UserError,
} from '../logical/error.ts';
import type { pb } from '../pb/pb.js';

/**
 * The numbers by which the wire tells errors apart. Type 0 is any error: the host answers 500, or recognizes "cannot
 * write to readonly storage" by its text. Go: the constants of sdk/plugin/pb/translation.go.
 */
export const errorType = {
  unknown: 0,
  userError: 1,
  codedError: 3,
  unsupportedOperation: 5,
  unsupportedPath: 6,
  invalidRequest: 7,
} as const;

/** An error on the wire. Go: `ErrToProtoErr`. */
export function errorToWire(error: unknown): pb.ProtoError.$Shape {
  const errMsg = error instanceof Error ? error.message : String(error);
  if (error instanceof CodedError)
    return { errType: errorType.codedError, errMsg, errCode: Long.fromNumber(error.code) };
  return { errType: typeOf(error), errMsg };
}

function typeOf(error: unknown): number {
  if (error instanceof UserError) return errorType.userError;
  if (error instanceof UnsupportedOperationError) return errorType.unsupportedOperation;
  if (error instanceof UnsupportedPathError) return errorType.unsupportedPath;
  if (error instanceof InvalidRequestError) return errorType.invalidRequest;
  return errorType.unknown;
}
