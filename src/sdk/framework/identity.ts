import { type Clock, systemClock } from '../logical/clock.ts';
import type { SystemView } from '../logical/system-view.ts';
import { type IdentityDirective, parseIdentityDirective } from './identity-directive.ts';
import { IdentityTemplateError } from './identity-template-error.ts';
import { trimSpace } from './parse-field.ts';

/** What a host is asked about the owner of a token. */
export type IdentityView = Pick<SystemView, 'entityInfo' | 'groupsForEntity'>;

/** What a template may name besides what a policy may, with its value. */
export type TemplateNames = Readonly<Record<string, string>>;

/** Tells whether a text has a template. */
export function hasTemplate(text: string): boolean {
  return text.includes('{{');
}

/**
 * Throws an {@link IdentityTemplateError} for a text with a template that no token could ever resolve. `names` are
 * other names that a template may have. Tells whether the text has a template. Go: `ValidateIdentityTemplate` in
 * sdk/framework/identity.go, which checks only the braces.
 */
export function validateIdentityTemplate(text: string, names: readonly string[] = []): boolean {
  return parse(text, names).length > 1;
}

/**
 * The text with each template replaced by its value. Asks the host for the entity or its groups only if a template
 * names them. Throws an {@link IdentityTemplateError} for a template that has no value. Go: `PopulateIdentityTemplate`
 * in sdk/framework/identity.go, which always asks for both, and fails without an entity.
 */
export async function populateIdentityTemplate(
  text: string,
  entityId: string,
  system: IdentityView,
  { names = {}, clock = systemClock }: { readonly names?: TemplateNames; readonly clock?: Clock } = {},
): Promise<string> {
  let populated = '';
  for (const part of parse(text, Object.keys(names))) {
    populated += typeof part === 'string' ? part : await resolve(part, entityId, system, names, clock);
  }
  return populated;
}

/** The same host, asked once about each entity and its groups: for the templates of one request. */
export function askingOnce(system: IdentityView): IdentityView {
  return {
    entityInfo: once((entityId) => system.entityInfo(entityId)),
    groupsForEntity: once((entityId) => system.groupsForEntity(entityId)),
  };
}

function once<T>(ask: (entityId: string) => Promise<T>): (entityId: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return async (entityId) => {
    const answer = answers.get(entityId) ?? ask(entityId);
    answers.set(entityId, answer);
    return await answer;
  };
}

/** A template: the text between its braces, and what it means if it is not a name of the caller's. */
interface Template {
  readonly directive: string;
  readonly meaning: IdentityDirective | undefined;
}

/** Plain texts and templates in turn, beginning and ending with a plain text. */
function parse(text: string, names: readonly string[]): readonly (string | Template)[] {
  const [plain = '', ...rest] = text.split('{{');
  if (plain.includes('}}')) throw new IdentityTemplateError('unbalanced');
  const parts: (string | Template)[] = [plain];
  for (const piece of rest) {
    const [inner, outer, ...more] = piece.split('}}');
    if (inner === undefined || outer === undefined || more.length > 0) throw new IdentityTemplateError('unbalanced');
    const directive = trimSpace(inner);
    const meaning = names.includes(directive) ? undefined : parseIdentityDirective(directive);
    if (meaning === undefined && !names.includes(directive)) {
      throw new IdentityTemplateError('unknown directive', directive, names);
    }
    parts.push({ directive, meaning }, outer);
  }
  return parts;
}

async function resolve(
  { directive, meaning }: Template,
  entityId: string,
  system: IdentityView,
  names: TemplateNames,
  clock: Clock,
): Promise<string> {
  const reading =
    meaning === undefined ? { text: names[directive] ?? '' } : await read(meaning, entityId, system, clock);
  if ('fault' in reading) throw new IdentityTemplateError(reading.fault, directive);
  return reading.text;
}

async function read(meaning: IdentityDirective, entityId: string, system: IdentityView, clock: Clock) {
  if (meaning.of === 'time') return meaning.read(clock.now());
  if (entityId === '') return { fault: 'no entity' } as const;
  if (meaning.of === 'groups') return meaning.read(await system.groupsForEntity(entityId));
  const entity = await system.entityInfo(entityId);
  return entity === undefined ? ({ fault: 'no entity' } as const) : meaning.read(entity);
}
