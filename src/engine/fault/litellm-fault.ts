import {
  KeyNotFoundError,
  LiteLLMError,
  MasterKeyRefusedError,
  NotAdminError,
  RequestRejectedError,
  RequestTimeoutError,
} from '../../litellm/error.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import { UserMistake } from './user-mistake.ts';

const badGateway = 502;
const gatewayTimeout = 504;

/**
 * What a fault of LiteLLM is to the client. What the operator or the client can mend is a mistake (400); the rest says
 * that the proxy is at fault, and not this engine (502, 504).
 */
export function translateFault(error: unknown): unknown {
  if (!(error instanceof LiteLLMError)) return error;
  if (
    error instanceof MasterKeyRefusedError ||
    error instanceof NotAdminError ||
    error instanceof RequestRejectedError ||
    error instanceof KeyNotFoundError
  ) {
    return new UserMistake(error.message, { cause: error });
  }
  const code = error instanceof RequestTimeoutError ? gatewayTimeout : badGateway;
  return new CodedError(code, error.message, { cause: error });
}
