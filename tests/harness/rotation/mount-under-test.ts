import type { LiteLLMServer } from '../litellm-server.ts';

/** What a mount answered. */
export interface MountAnswer {
  /** Whether a client would take it for success. */
  readonly ok: boolean;
  /** Whether a read has found nothing, which is no success either. */
  readonly absent: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  /** What a client is told of a failure. */
  readonly message: string;
}

/** A mount with a LiteLLM of its own, in a real engine or in a host of the tests. */
export interface MountUnderTest {
  readonly litellm: LiteLLMServer;
  read(path: string): Promise<MountAnswer>;
  write(path: string, data: Readonly<Record<string, unknown>>): Promise<MountAnswer>;
  remove(path: string): Promise<MountAnswer>;
}

/** A mount failed in what has to succeed. */
export class MountFailure extends Error {
  override readonly name = 'MountFailure';
}

/** The same answer. @throws MountFailure where it is none of success */
export function succeeded(what: string, answer: MountAnswer): MountAnswer {
  if (!answer.ok) throw new MountFailure(`${what}: ${answer.message}`);
  return answer;
}

/** Whether something is stored. @throws MountFailure where that is not told */
export async function isStored(mount: Pick<MountUnderTest, 'read'>, path: string): Promise<boolean> {
  const answer = await mount.read(path);
  return !answer.absent && succeeded(path, answer).ok;
}
