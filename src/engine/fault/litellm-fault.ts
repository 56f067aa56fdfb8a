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
 * What a fault of LiteLLM is to the client. What the operator or the client can mend is a mistake (400); the rest says
 * that the proxy is at fault, and not this engine (502, 503, 504); 503 is what may pass by itself.
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

function statusOf(error: LiteLLMError): number {
  if (error instanceof RequestTimeoutError) return gatewayTimeout;
  const passes =
    error instanceof NoTurnError || error instanceof RateLimitedError || error instanceof DatabaseUnavailableError;
  return passes ? serviceUnavailable : badGateway;
}
