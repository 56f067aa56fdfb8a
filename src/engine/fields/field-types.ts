import type { FieldType } from '../../sdk/framework/field-type.ts';
import * as go from '../../sdk/framework/field-type.ts';
import { mustBe, narrow } from './narrow.ts';
import { refuseDuration } from './refuse-duration.ts';

const aText = 'a text';

/** A text; nothing else is converted to one. */
export const text: FieldType<string> = narrow(go.string, aText, (raw) =>
  typeof raw === 'string' ? undefined : mustBe(aText, raw),
);

const trueOrFalse = 'true or false';
const flags: ReadonlySet<unknown> = new Set([true, false, 1, 0]);
const flagText = /^(?:true|false|t|f|1|0)$/i;

/** True or false, also as a text. An empty text, often a variable that is not set, is refused. */
export const flag: FieldType<boolean> = narrow(go.bool, trueOrFalse, (raw) =>
  flags.has(raw) || (typeof raw === 'string' && flagText.test(raw)) ? undefined : mustBe(trueOrFalse, raw),
);

const aWholeNumber = 'a whole number such as 8';

/** A whole number, also as a text of digits. */
export const wholeNumber: FieldType<number> = narrow(go.int, aWholeNumber, (raw) =>
  Number.isSafeInteger(raw) || (typeof raw === 'string' && /^(?:0|[1-9][0-9]*)$/.test(raw))
    ? undefined
    : mustBe(aWholeNumber, raw),
);

const anAmount = 'a number such as 12.5, or 0 for no limit';
const amountText = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$/;

/** A number that is not negative, also as a decimal text. One so small that it would become 0 is refused. */
export const amount: FieldType<number> = narrow(go.float, anAmount, (raw) => {
  if (typeof raw === 'number' || (typeof raw === 'string' && raw.startsWith('-'))) {
    if (Number(raw) < 0) return 'must not be negative';
    return typeof raw === 'number' ? undefined : mustBe(anAmount, raw);
  }
  const [, digits] = (typeof raw === 'string' && amountText.exec(raw)) || [];
  if (digits === undefined) return mustBe(anAmount, raw);
  return Number(raw) === 0 && /[1-9]/.test(digits) ? 'is too small a number: it would become 0, no limit' : undefined;
});

const someSeconds = 'a duration in whole seconds such as 90, 30s, 24h or 7d';

/** A duration in whole seconds. A fraction is refused, since it would be cut off, and less than a second would be 0. */
export const duration: FieldType<number> = narrow(go.durationSecond, someSeconds, (raw) =>
  refuseDuration(raw, someSeconds),
);
