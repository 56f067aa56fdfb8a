import { CodedError } from '../../sdk/logical/error.ts';
import { translateFault } from '../fault/translate-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { KeyOutOfReachError } from '../lease/end-key.ts';

const internalServerError = 500;

/** An error as a client sees it, after words that say what became of the role. */
export function withWords(error: unknown, words: string): Error {
  const fault = translateFault(error);
  const reason = fault instanceof Error ? fault.message : String(fault);
  const message = `${words}. What went wrong: ${reason}`;
  if (fault instanceof UserMistake || fault instanceof KeyOutOfReachError)
    return new UserMistake(message, { cause: error });
  return new CodedError(fault instanceof CodedError ? fault.code : internalServerError, message, { cause: error });
}
