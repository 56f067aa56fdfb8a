import {
  DatabaseUnavailableError,
  KeyNotFoundError,
  LiteLLMError,
  MasterKeyRefusedError,
  NotAdminError,
  NoTurnError,
  OwnerNotFoundError,
  RateLimitedError,
  RequestRejectedError,
  RequestTimeoutError,
} from '../../litellm/error.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import { UserMistake } from './user-mistake.ts';

const badGateway = 502;
const serviceUnavailable = 503;
const gatewayTimeout = 504;

/**
 * Translates an error of LiteLLM for the client. What the operator or the client can correct is a mistake (400). The
 * rest is the fault of the proxy, and not of this engine (502, 503, 504); 503 is what may pass by itself.
 */
export function translateFault(error: unknown): unknown {
  if (!(error instanceof LiteLLMError)) return error;
  if (
    error instanceof MasterKeyRefusedError ||
    error instanceof NotAdminError ||
    error instanceof RequestRejectedError ||
    error instanceof KeyNotFoundError ||
    error instanceof OwnerNotFoundError
  ) {
    return new UserMistake(error.message, { cause: error });
  }
  return new CodedError(statusOf(error), error.message, { cause: error });
}

/**
 * The same for what is checked before it is stored. LiteLLM's address or key may be wrong, so it is a mistake (400)
 * unless it passes by itself (503). The message begins with `words`.
 */
export function translateUnverified(error: LiteLLMError, words: string): Error {
  const message = `${words}: ${error.message}`;
  return passes(error)
    ? new CodedError(serviceUnavailable, message, { cause: error })
    : new UserMistake(message, { cause: error });
}

function statusOf(error: LiteLLMError): number {
  if (error instanceof RequestTimeoutError) return gatewayTimeout;
  return passes(error) ? serviceUnavailable : badGateway;
}

function passes(error: LiteLLMError): boolean {
  return error instanceof NoTurnError || error instanceof RateLimitedError || error instanceof DatabaseUnavailableError;
}
