import * as v from 'valibot';
import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { int } from '../../sdk/framework/field-type.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { listResponse, type Response, withWarnings } from '../../sdk/logical/response.ts';
import { text } from '../fields/field-types.ts';

/** What the engine's protocol can carry. */
const mostAtOnce = 2 ** 31 - 1;

/** What a list of roles may ask for. */
export const listFields = defineFields({
  after: {
    type: text,
    description: 'On OpenBao: list the names that follow this one, which need not exist.',
    query: true,
  },
  limit: {
    // OpenBao's own command line sends -1 if nobody names a limit.
    type: v.pipe(int, v.maxValue(mostAtOnce, `must be at most ${mostAtOnce}`)),
    description: 'On OpenBao: list at most so many names. 0 and less is no limit.',
    query: true,
  },
});

/** Lists what is stored right below a prefix. */
export const listBelow =
  (prefix: string) =>
  async ({ storage }: Request, data: FieldData<typeof listFields>): Promise<Response> => {
    const after = data.get('after');
    const limit = data.get('limit');
    const isWhole = after === '' && limit <= 0;
    const page = isWhole ? undefined : await storage.listPage(prefix, after, Math.max(limit, 0));
    if (page !== undefined) return listResponse(page);
    const whole = listResponse(await storage.list(prefix));
    return isWhole
      ? whole
      : withWarnings(whole, ['after and limit had no effect, since this engine always gives the whole list']);
  };
