import { errorResponse, type Response } from '../../sdk/logical/response.ts';

/**
 * A user sent what cannot be accepted. Thrown, so that a change that finds it leaves the stored entry as it was; the
 * path answers with {@link answeringMistakes}.
 */
export class UserMistake extends Error {
  override readonly name = 'UserMistake';
}

/** Turns a {@link UserMistake} into an error response, and rethrows every other error. */
export async function answeringMistakes(work: () => Promise<Response | undefined>): Promise<Response | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserMistake) return errorResponse(error.message);
    throw error;
  }
}
