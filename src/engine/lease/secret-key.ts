import { defineFields } from '../../sdk/framework/field-schema.ts';
import { commaStringSlice, float, string } from '../../sdk/framework/field-type.ts';
import { defineSecret, type Secret } from '../../sdk/framework/secret.ts';
import { UserError } from '../../sdk/logical/error.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { configKey } from '../config/config-entry.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { beginEndOfKey } from './end-key.ts';
import { leasedKeyOf } from './leased-key.ts';
import { renewKey, type RenewKeyOptions } from './renew-key.ts';
import type { SecondRounds } from './second-rounds.ts';

/** What a client gets. */
export const keyFields = defineFields({
  key: { type: string, description: 'The key.', displayAttrs: { sensitive: true } },
  key_alias: { type: string, description: 'Its alias in LiteLLM.' },
  token_id: { type: string, description: 'Its sha256, by which LiteLLM knows it.' },
  models: { type: commaStringSlice, description: 'The models that it may call; empty: all.' },
  max_budget: { type: float, description: 'What it may spend, in US dollars; 0: no limit.' },
  expires: { type: string, description: 'When LiteLLM ends it by itself, some time after its lease.' },
});

/** What renewing and revoking need. */
export interface SecretKeyOptions extends RenewKeyOptions {
  readonly secondRounds: Pick<SecondRounds, 'start'>;
}

/** The leased key. */
export const secretKey = (options: SecretKeyOptions): Secret =>
  defineSecret({
    type: 'litellm_key',
    fields: keyFields,
    renew: (req) => throwingMistakes(() => renewKey(req, options)),
    revoke: (req) => revoke(req, options),
  });

/** At a renewal, an engine prints an error response as a whole Go value, and a thrown error as its text. */
async function throwingMistakes<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof UserMistake ? new UserError(error.message, { cause: error }) : error;
  }
}

/** Returns once the key is refused: its deletion follows. */
async function revoke(req: Request, options: SecretKeyOptions): Promise<undefined> {
  const config = await options.configs.readForIssuing(req.storage, configKey);
  const { secret, key } = leasedKeyOf(req);
  const { storage, signal } = req;
  const begun = await beginEndOfKey(key, config, options, { issueTime: secret.issueTime, signal });
  if (typeof begun === 'string' || config === undefined) return;
  await options.secondRounds.start({ key, config, storage, secondRound: begun }, signal);
}
