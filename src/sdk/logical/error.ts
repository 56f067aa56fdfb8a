/**
 * The errors that a host tells apart; any other is a bare 500. A user's mistake is an error response instead
 * (`errorResponse`): never both. Go: sdk/logical/error.go and sdk/helper/errutil.
 */
export abstract class LogicalError extends Error {}

/** Bad input where no response is possible, as in an existence check: a 400. Go: `errutil.UserError`. */
export class UserError extends LogicalError {
  override readonly name = 'UserError';
}

/** An error with a status of its own. Go: `logical.CodedError`. */
export class CodedError extends LogicalError {
  override readonly name: string = 'CodedError';
  /** The HTTP status of the answer. */
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The path does not offer this operation: a 405. Go: `logical.ErrUnsupportedOperation`. */
export class UnsupportedOperationError extends LogicalError {
  override readonly name = 'UnsupportedOperationError';

  constructor() {
    super('unsupported operation');
  }
}

/** No path matches: a 404. Go: `logical.ErrUnsupportedPath`. */
export class UnsupportedPathError extends LogicalError {
  override readonly name = 'UnsupportedPathError';

  constructor() {
    super('unsupported path');
  }
}

/** The request makes no sense to the backend: a 400. Go: `logical.ErrInvalidRequest`. */
export class InvalidRequestError extends LogicalError {
  override readonly name = 'InvalidRequestError';

  constructor() {
    super('invalid request');
  }
}

/** This node may not write: the host forwards the request. Recognized only by its text. Go: `logical.ErrReadOnly`. */
export class ReadOnlyError extends LogicalError {
  override readonly name = 'ReadOnlyError';

  constructor() {
    super('cannot write to readonly storage');
  }
}

/**
 * A storage key has `..` in it, which a host's storage refuses: a 400. Recognized only by its text, and only if a
 * request fails with it; an existence check has to throw a {@link UserError} instead. Go: `logical.ErrRelativePath`.
 */
export class RelativePathError extends LogicalError {
  override readonly name = 'RelativePathError';

  constructor() {
    super('relative paths not supported');
  }
}

/** What a user wrote does not fit into the host's storage: a 400. Go has no such error, and answers 500. */
export class ValueTooLargeError extends CodedError {
  override readonly name = 'ValueTooLargeError';

  /** `reason` is the storage's own text, and may name its limit. */
  constructor(key: string, reason: string) {
    super(400, `"${key}" is too large for the storage, and nothing was stored: write less to it (${reason})`);
  }
}

/**
 * Somebody else changed what a transaction read: nothing of it was stored, and it can be repeated. Recognized only by
 * its text. Go: `physical.ErrTransactionCommitFailure` of OpenBao's SDK.
 */
export class TransactionConflictError extends LogicalError {
  override readonly name = 'TransactionConflictError';

  constructor(reason: string) {
    super(`nothing was stored, since another write came in between, several times: try it again (${reason})`);
  }
}
