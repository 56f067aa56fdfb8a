import type { Reading } from '../fields/conversion.ts';

/** The moments of a schedule in UTC: for each field, the numbers that match. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 31. */
  readonly daysOfMonth: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  /** 0 is Sunday, 6 is Saturday. */
  readonly daysOfWeek: readonly number[];
  /** Whether a day must match both fields, as it must if either has a star. Otherwise it must match one of them. */
  readonly ofBothDays: boolean;
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** In lower case; the first stands for `least`. */
  readonly names: readonly string[];
}

const minute: Field = { name: 'minute', least: 0, most: 59, names: [] };
const hour: Field = { name: 'hour', least: 0, most: 23, names: [] };
const dayOfMonth: Field = { name: 'day of month', least: 1, most: 31, names: [] };
const month: Field = {
  ...{ name: 'month', least: 1, most: 12 },
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
const dayOfWeek: Field = {
  ...{ name: 'day of week', least: 0, most: 6 },
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};

const longestMonth: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads a schedule of five fields: minute, hour, day of month, month, day of week. Accepts no more than Vault does: no
 * seconds, no `@daily`, no `L`, `W` or `#`, no 7 for Sunday. Also refuses what Vault would accept and misread: a time
 * zone (all is in UTC), a field of commas alone, a star with a range, and a day that no month has. A refusal quotes
 * nothing but numbers of few digits. Go: `Parser.Parse` of robfig/cron v3, with the options of sdk/rotation.
 */
export function readCron(text: string): Reading<CronFields> {
  if (text === '') return { refusal: 'empty spec string' };
  if (/^(?:CRON_)?TZ=/.test(text)) return { refusal: 'a time zone is not supported: every schedule is in UTC' };
  if (text.startsWith('@')) {
    return { refusal: 'parser does not accept descriptors: write five fields, such as 0 0 * * * for @daily' };
  }
  const parts = text.split(/[\t-\r ]+/).filter((part) => part !== '');
  const [minutes = '', hours = '', daysOfMonth = '', months = '', daysOfWeek = ''] = parts;
  if (parts.length !== 5) return { refusal: `expected exactly 5 fields, found ${parts.length}` };
  try {
    return { value: schedule([minutes, hours, daysOfMonth, months, daysOfWeek]) };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error.message };
    throw error;
  }
}

class Refusal extends Error {}

function schedule(texts: readonly [string, string, string, string, string]): CronFields {
  const minutes = numbers(minute, texts[0]);
  const hours = numbers(hour, texts[1]);
  const daysOfMonth = numbers(dayOfMonth, texts[2]);
  const months = numbers(month, texts[3]);
  const daysOfWeek = numbers(dayOfWeek, texts[4]);
  const ofBothDays = daysOfMonth.hasStar || daysOfWeek.hasStar;
  const first = Math.min(...daysOfMonth.values);
  if (ofBothDays && months.values.every((value) => first > (longestMonth[value - 1] ?? 0))) {
    throw new Refusal('there is no such day: the days of month are in none of the months');
  }
  return {
    minutes: minutes.values,
    hours: hours.values,
    daysOfMonth: daysOfMonth.values,
    months: months.values,
    daysOfWeek: daysOfWeek.values,
    ofBothDays,
  };
}

/** In order. A star counts as one if it has no step, or a step of 1. */
function numbers(field: Field, text: string): { readonly values: readonly number[]; readonly hasStar: boolean } {
  const values = new Set<number>();
  let hasStar = false;
  for (const part of text.split(',')) {
    if (part === '') continue;
    const range = rangeOf(field, part);
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
    hasStar ||= range.isStar && range.step === 1;
  }
  if (values.size === 0) throw new Refusal(`the ${field.name} is empty`);
  return { values: [...values].toSorted((a, b) => a - b), hasStar };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly isStar: boolean;
}

/** One item of a list: `*`, `5`, `5-8`, each with an optional step. `5/2` goes on to the end. */
function rangeOf(field: Field, text: string): Range {
  const [rangeText = '', stepText, ...slashes] = text.split('/');
  if (slashes.length > 0) throw new Refusal(`too many slashes in the ${field.name}`);
  const step = stepText === undefined ? 1 : number(field, stepText);
  if (rangeText === '*' || rangeText === '?')
    return checked(field, { from: field.least, to: field.most, step, isStar: true });
  const [low = '', high, ...hyphens] = rangeText.split('-');
  if (hyphens.length > 0) throw new Refusal(`too many hyphens in the ${field.name}`);
  const from = numberOrName(field, low);
  const to = high === undefined ? (stepText === undefined ? from : field.most) : numberOrName(field, high);
  return checked(field, { from, to, step, isStar: false });
}

function checked({ name, least, most }: Field, range: Range): Range {
  const { from, to, step } = range;
  if (from < least) throw new Refusal(`beginning of range (${from}) below minimum (${least}) in the ${name}`);
  if (to > most) throw new Refusal(`end of range (${to}) above maximum (${most}) in the ${name}`);
  if (from > to) throw new Refusal(`beginning of range (${from}) beyond end of range (${to}) in the ${name}`);
  if (step === 0) throw new Refusal(`step of range should be a positive number in the ${name}`);
  return range;
}

function numberOrName(field: Field, text: string): number {
  const index = field.names.indexOf(text.toLowerCase());
  return index === -1 ? number(field, text) : field.least + index;
}

/** More digits than any field has may be a secret pasted here. */
function number({ name, names }: Field, text: string): number {
  if (/^\+?0*[0-9]{1,6}$/.test(text)) return Number(text);
  const [first] = names;
  throw new Refusal(
    `failed to parse int: the ${name} must be made of numbers${first === undefined ? '' : `, names such as ${first.toUpperCase()}`} and the signs * , - /`,
  );
}
