import { countCodePoints } from './code-points.ts';
import { mayBeKey } from './unknown-fields.ts';

/** Why a template can fail. */
export type IdentityTemplateFault =
  'unbalanced' | 'unknown directive' | 'no entity' | 'no groups' | 'no alias' | 'no member' | 'no value';

const sentences: Readonly<Record<Exclude<IdentityTemplateFault, 'unbalanced'>, string>> = {
  'unknown directive':
    'is not a template: write one of a policy, such as {{identity.entity.name}}, {{identity.entity.metadata.<name>}}, ' +
    '{{identity.entity.aliases.<accessor>.name}} or {{identity.groups.ids.<id>.name}}',
  'no entity': 'cannot be resolved: no entity is behind this token. Log in with an auth method, which gives one',
  'no groups': 'cannot be resolved: the entity of this token is in no group',
  'no alias': 'cannot be resolved: the entity of this token has no alias of the auth method with that accessor',
  'no member': 'cannot be resolved: the entity of this token is not in that group',
  'no value': 'cannot be resolved: there is no such value for the entity of this token',
};

/**
 * A template that cannot be populated, or is not one. The message quotes it as written, and no value of an entity. Go:
 * the errors of sdk/helper/identitytpl.
 */
export class IdentityTemplateError extends Error {
  override readonly name = 'IdentityTemplateError';
  readonly fault: IdentityTemplateFault;

  /** `directive` is the text between the braces; `names` are other names that a template may have. */
  constructor(fault: IdentityTemplateFault, directive = '', names: readonly string[] = []) {
    super(describe(fault, directive, names));
    this.fault = fault;
  }
}

function describe(fault: IdentityTemplateFault, directive: string, names: readonly string[]): string {
  if (fault === 'unbalanced')
    return 'a template is not closed: each "{{" needs one "}}" after it, and each "}}" a "{{"';
  const own = fault === 'unknown directive' && names.length > 0 ? `, or {{${names.join('}}, {{')}}}` : '';
  return `${shownDirective(directive)} ${sentences[fault]}${own}`;
}

const uuid = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const longest = 200;

/** As written, unless it is long or may be a key, pasted between braces. Ids of groups are not keys. */
function shownDirective(directive: string): string {
  const plain = /^[\w .:@/-]*$/.test(directive) && directive.length <= longest;
  if (plain && !mayBeKey(directive.replaceAll(uuid, ''))) return `{{${directive}}}`;
  return `a template of ${countCodePoints(directive)} characters between its braces`;
}
