import type { Alias, Entity, Group } from '../logical/identity.ts';
import { parseDurationNanoseconds } from './duration.ts';
import { FieldConversionError } from './field-conversion-error.ts';
import type { IdentityTemplateFault } from './identity-template-error.ts';

/** What a directive reads: a text, or why there is none. */
export type Reading = { readonly text: string } | { readonly fault: IdentityTemplateFault };

/** What is between the braces of a template, parsed. */
export type IdentityDirective =
  | { readonly of: 'entity'; readonly read: (entity: Entity) => Reading }
  | { readonly of: 'groups'; readonly read: (groups: readonly Group[]) => Reading }
  | { readonly of: 'time'; readonly read: (now: Date) => Reading };

/**
 * Parses a directive of a policy; undefined if it could never be resolved. Go: `performTemplating` in
 * sdk/helper/identitytpl/templating.go.
 */
export function parseIdentityDirective(directive: string): IdentityDirective | undefined {
  const ofEntity = after(directive, 'identity.entity.');
  if (ofEntity !== undefined) {
    const read = entityReader(ofEntity);
    return read && { of: 'entity', read };
  }
  const ofGroups = after(directive, 'identity.groups.');
  if (ofGroups !== undefined) {
    const read = groupsReader(ofGroups);
    return read && { of: 'groups', read };
  }
  const read = timeReader(directive);
  return read && { of: 'time', read };
}

function entityReader(what: string): ((entity: Entity) => Reading) | undefined {
  if (what === 'id') return ({ id }) => filled(id);
  if (what === 'name') return ({ name }) => filled(name);
  const key = after(what, 'metadata.');
  if (key !== undefined) return ({ metadata }) => valueOf(metadata, key);
  const [accessor, ofAlias] = cut(after(what, 'aliases.') ?? '');
  const read = ofAlias === undefined ? undefined : aliasReader(ofAlias);
  if (read === undefined) return undefined;
  return ({ aliases }) => {
    const alias = aliases.find(({ mountAccessor }) => mountAccessor === accessor);
    return alias === undefined ? { fault: 'no alias' } : read(alias);
  };
}

function aliasReader(what: string): ((alias: Alias) => Reading) | undefined {
  if (what === 'id') return ({ id }) => filled(id);
  if (what === 'name') return ({ name }) => filled(name);
  const key = after(what, 'metadata.');
  if (key !== undefined) return ({ metadata }) => valueOf(metadata, key);
  const customKey = after(what, 'custom_metadata.');
  return customKey === undefined ? undefined : ({ customMetadata }) => valueOf(customMetadata, customKey);
}

function groupsReader(what: string): ((groups: readonly Group[]) => Reading) | undefined {
  const [by, selection = ''] = cut(what);
  const [selector, ofGroup] = cut(selection);
  const read = ofGroup === undefined ? undefined : groupReader(ofGroup);
  if (read === undefined || (by !== 'ids' && by !== 'names')) return undefined;
  return (groups) => {
    const group = groups.find(({ id, name }) => (by === 'ids' ? id : name) === selector);
    return group === undefined ? { fault: groups.length === 0 ? 'no groups' : 'no member' } : read(group);
  };
}

function groupReader(what: string): ((group: Group) => Reading) | undefined {
  if (what === 'id') return ({ id }) => ({ text: id });
  if (what === 'name') return ({ name }) => filled(name);
  const key = after(what, 'metadata.');
  return key === undefined ? undefined : ({ metadata }) => valueOf(metadata, key);
}

const nanosecondsPerMillisecond = 1_000_000n;
const nanosecondsPerSecond = 1_000_000_000n;

/** Seconds since 1970, now or some time before or after. */
function timeReader(directive: string): ((now: Date) => Reading) | undefined {
  const [, sign, duration] = /^time\.now(?:\.(plus|minus)\.(.*))?$/s.exec(directive) ?? [
    undefined,
    undefined,
    undefined,
  ];
  if (duration === undefined) return directive === 'time.now' ? (now) => unixTime(now, 0n) : undefined;
  try {
    const nanoseconds = parseDurationNanoseconds(duration);
    return (now) => unixTime(now, sign === 'minus' ? -nanoseconds : nanoseconds);
  } catch (error) {
    if (error instanceof FieldConversionError) return undefined;
    throw error;
  }
}

function unixTime(now: Date, later: bigint): Reading {
  const nanoseconds = BigInt(now.getTime()) * nanosecondsPerMillisecond + later;
  const rest = nanoseconds % nanosecondsPerSecond;
  return { text: String(nanoseconds / nanosecondsPerSecond - (rest < 0n ? 1n : 0n)) };
}

/** What follows a prefix; undefined if the text does not begin with it. */
function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** What is before the first dot, and what is after it, if there is one. */
function cut(text: string): readonly [string, string | undefined] {
  const dot = text.indexOf('.');
  return dot === -1 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}

function filled(text: string): Reading {
  return text === '' ? { fault: 'no value' } : { text };
}

/** A value may be empty, if somebody set it so. */
function valueOf(metadata: Readonly<Record<string, string>>, key: string): Reading {
  const text = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  return text === undefined ? { fault: 'no value' } : { text };
}
