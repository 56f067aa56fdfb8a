import type { Client } from '../../litellm/client.ts';
import { OwnerNotFoundError } from '../../litellm/error.ts';
import { UserMistake } from '../fault/user-mistake.ts';

/** Whom keys belong to; undefined is not checked. */
export interface Owners {
  readonly teamId?: string | undefined;
  readonly userId?: string | undefined;
}

/** What a refusal says besides its reason. */
export interface RefusalWords {
  /** What did not happen, in words that precede ", since". */
  readonly undone: string;
  /** How to do it all the same, if there is a way. */
  readonly skip?: string;
}

/** LiteLLM's roles whose keys may do, or see, what an administrator may. */
const administrators: readonly string[] = ['proxy_admin', 'proxy_admin_viewer'];

/**
 * Throws a `UserMistake` for a team or a user that LiteLLM does not have, and for a user who is an administrator:
 * LiteLLM makes such keys without a word. Throws a `LiteLLMError` if it cannot be asked.
 */
export async function requireOwners(
  client: Pick<Client, 'teamInfo' | 'userInfo'>,
  { teamId, userId }: Owners,
  words: RefusalWords,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    teamId === undefined ? undefined : requireTeam(client, teamId, words, signal),
    userId === undefined ? undefined : requireOrdinaryUser(client, userId, words, signal),
  ]);
}

async function requireTeam(
  client: Pick<Client, 'teamInfo'>,
  teamId: string,
  { undone, skip }: RefusalWords,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.teamInfo(teamId, signal);
  } catch (error) {
    if (!(error instanceof OwnerNotFoundError)) throw error;
    throw new UserMistake(
      `${undone}, since LiteLLM has no team of this team_id, and its keys would refuse every call: write the id ` +
        `of a team that exists (/team/list), or make it (/team/new)${orSkip(skip)}`,
      { cause: error },
    );
  }
}

async function requireOrdinaryUser(
  client: Pick<Client, 'userInfo'>,
  userId: string,
  { undone, skip }: RefusalWords,
  signal: AbortSignal,
): Promise<void> {
  const { userRole } = await client.userInfo(userId, signal).catch((error: unknown) => {
    if (!(error instanceof OwnerNotFoundError)) throw error;
    throw new UserMistake(
      `${undone}, since LiteLLM has no user of this user_id: write the id of a user who exists (/user/list), or ` +
        `make them (/user/new)${orSkip(skip)}`,
      { cause: error },
    );
  });
  if (userRole === undefined || !administrators.includes(userRole)) return;
  throw new UserMistake(
    `${undone}, since the user of this user_id is an administrator of LiteLLM (${userRole}), and the keys would ` +
      "be an administrator's: write the id of an ordinary user",
  );
}

function orSkip(skip: string | undefined): string {
  return skip === undefined ? '' : `; ${skip}`;
}
