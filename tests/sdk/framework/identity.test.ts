import { describe, expect, test } from 'bun:test';
import {
  askingOnce,
  hasTemplate,
  populateIdentityTemplate,
  validateIdentityTemplate,
} from '../../../src/sdk/framework/identity.ts';
import {
  IdentityTemplateError,
  type IdentityTemplateFault,
} from '../../../src/sdk/framework/identity-template-error.ts';
import { logical } from '../../../src/sdk/pb/pb.js';
import { entityFromWire, groupFromWire } from '../../../src/sdk/plugin/identity-translation.ts';
import { readTable } from '../../golden/read-table.ts';
import { fakeSystemView } from '../../harness/fake-system-view.ts';

interface Subject {
  readonly name: string;
  readonly entityID: string;
  readonly entity?: string;
  readonly groups: readonly string[];
}

interface Row {
  readonly subject: string;
  readonly template: string;
  readonly value: string;
  readonly error?: string;
}

interface Validity {
  readonly template: string;
  readonly hasTemplating: boolean;
  readonly valid: boolean;
}

const clock = { now: () => new Date(1_800_000_000_000) };
const rows = readTable<Row>('identity-templates');
const subjects = readTable<Subject>('identity-subjects');

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

function viewOf({ entityID, entity, groups }: Subject) {
  return fakeSystemView({
    entities: entity === undefined ? [] : [entityFromWire(logical.Entity.decode(bytes(entity)))],
    groups: { [entityID]: groups.map((group) => groupFromWire(logical.Group.decode(bytes(group)))) },
  });
}

function subjectOf(name: string): Subject {
  const subject = subjects.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`no subject ${name}`);
  return subject;
}

/** What Go calls each fault. One that can never be resolved is found before anybody is asked. */
const goErrors: Readonly<Record<IdentityTemplateFault, RegExp>> = {
  unbalanced: /^unbalanced templating characters$/,
  'unknown directive':
    /^(?:no value could be found|invalid |missing time operand|alias not found|entity is not a member)/,
  'no entity': /^no entity found$/,
  'no groups': /^string contains groups template directives but no groups were provided$/,
  'no alias': /^alias not found$/,
  'no member': /^entity is not a member of group/,
  'no value': /^no value could be found for one of the template directives$/,
};

async function populate(text: string, subject: Subject, names?: Readonly<Record<string, string>>) {
  return await populateIdentityTemplate(text, subject.entityID, viewOf(subject), { clock, ...(names && { names }) });
}

async function faultOf(work: Promise<unknown>): Promise<IdentityTemplateError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof IdentityTemplateError) return error;
  throw new Error(`no fault of a template: ${String(error)}`);
}

describe('a template becomes what Go makes of it', () => {
  for (const row of rows.filter(({ subject }) => subject !== 'nobody')) {
    test(JSON.stringify(row), async () => {
      const subject = subjectOf(row.subject);
      if (row.error === undefined) {
        expect(await populate(row.template, subject)).toBe(row.value);
        return;
      }
      const { fault } = await faultOf(populate(row.template, subject));
      if (row.subject === 'bare' && fault === 'unknown directive') return;
      expect(row.error).toMatch(goErrors[fault]);
    });
  }
});

describe('without an entity a template of one fails as in Go', () => {
  for (const { template } of rows.filter(({ subject }) => subject === 'everything')) {
    if (!template.includes('identity.')) continue;
    test(JSON.stringify(template), async () => {
      // Go fails for plain texts as well.
      if (!hasTemplate(template) && !template.includes('}}')) return;
      const { fault } = await faultOf(populate(template, subjectOf('nobody')));
      expect(['no entity', 'unbalanced', 'unknown directive']).toContain(fault);
    });
  }
});

describe('a text is a template for Go too, and what it refuses is refused', () => {
  for (const { template, hasTemplating, valid } of readTable<Validity>('identity-validity')) {
    test(JSON.stringify(template), async () => {
      let found: boolean | undefined;
      try {
        found = validateIdentityTemplate(template);
      } catch (error) {
        if (!(error instanceof IdentityTemplateError)) throw error;
        // What Go lets through here, it can never populate.
        if (error.fault !== 'unbalanced') {
          const populated = rows.filter((row) => row.template === template && row.error === undefined);
          expect(populated).toEqual([]);
        } else {
          expect(valid).toBe(false);
        }
        return;
      }
      expect({ valid: true, hasTemplating: found }).toEqual({ valid, hasTemplating });
    });
  }
});

const everything = subjectOf('everything');

test('takes names of the caller, and no others', async () => {
  const names = { role: 'team-a' };
  expect(await populate('{{role}}-{{ role }}', everything, names)).toBe('team-a-team-a');
  expect(validateIdentityTemplate('{{role}}', ['role'])).toBe(true);
  expect(() => validateIdentityTemplate('{{roles}}', ['role'])).toThrow('{{roles}} is not a template');
  expect(() => validateIdentityTemplate('{{constructor}}', ['role'])).toThrow('{{role}}');
});

test('asks for what is named, and for nothing else', async () => {
  const view = viewOf(everything);
  const populateOf = (text: string) =>
    populateIdentityTemplate(text, 'entity-id', view, { clock, names: { role: 'a' } });
  await populateOf('plain');
  await populateOf('{{role}} {{time.now}}');
  expect(view.calls).toMatchObject({ entityInfo: 0, groupsForEntity: 0 });
  await populateOf('{{identity.entity.id}}');
  expect(view.calls).toMatchObject({ entityInfo: 1, groupsForEntity: 0 });
  await populateOf('{{identity.groups.ids.group-id.name}}');
  expect(view.calls).toMatchObject({ entityInfo: 1, groupsForEntity: 1 });
});

test('asks once for one request', async () => {
  const view = viewOf(everything);
  const asked = askingOnce(view);
  const template = '{{identity.entity.id}} {{identity.entity.name}} {{identity.groups.ids.group-id.name}}';
  await Promise.all([template, template].map((text) => populateIdentityTemplate(text, 'entity-id', asked, { clock })));
  expect(view.calls).toMatchObject({ entityInfo: 1, groupsForEntity: 1 });
});

test('asks nobody about a token without an entity', async () => {
  const view = viewOf(everything);
  const { fault } = await faultOf(populateIdentityTemplate('{{identity.entity.id}}', '', view));
  expect(fault).toBe('no entity');
  expect(view.calls).toMatchObject({ entityInfo: 0, groupsForEntity: 0 });
});

test('names the template that cannot be resolved, and not one that may be a key', async () => {
  const group = '{{identity.groups.ids.00000000-0000-4000-8000-0123456789ab.name}}';
  expect((await faultOf(populate(group, everything))).message).toStartWith(`${group} cannot be resolved`);
  for (const pasted of ['sk-test-not-a-real-key', 'identity.entity.metadata.sk-test-not-a-real-key', 'x'.repeat(300)]) {
    const { message } = await faultOf(populate(`{{${pasted}}}`, everything));
    expect(message).not.toContain(pasted);
    expect(message).toContain(`a template of ${pasted.length} characters`);
  }
});

test('passes on what the host answers with', async () => {
  const view = viewOf(everything);
  view.failure = new Error('the host is gone');
  const populated = populateIdentityTemplate('{{identity.entity.id}}', 'entity-id', view);
  expect(await populated.catch(String)).toContain('the host is gone');
});
