import { describe, expect, test } from 'bun:test';
import { blocksOf, PageError } from './documented-commands.ts';

const page = (block: string, mark = ''): string => `# Page\n\nText.\n\n${mark}\`\`\`sh\n${block}\n\`\`\`\n\nMore.\n`;

describe('a block of commands', () => {
  test('has each command with the lines that continue it, and what it prints', () => {
    const block =
      'bao write a \\\n    b=1\n# Key  Value\n#\n# b    1\nbao read c   # a remark\n\n# A heading\nbao list d';
    expect(blocksOf(page(block), 'x.md')).toEqual([
      {
        commands: [
          { text: 'bao write a \\\n    b=1', output: ['Key  Value', '', 'b    1'] },
          { text: 'bao read c   # a remark', output: [] },
          { text: 'bao list d', output: [] },
        ],
      },
    ]);
  });

  test('keeps a here-document whole, with its empty lines and its comments', () => {
    const policy = 'bao policy write p - <<\'EOF\'\n# All of it\n\npath "a" {}\nEOF';
    expect(blocksOf(page(`${policy}\nbao read b`), 'x.md')[0]?.commands).toEqual([
      { text: policy, output: [] },
      { text: 'bao read b', output: [] },
    ]);
  });

  test('may be indented in a list', () => {
    const text = '1. Do it:\n\n   ```sh\n   bao read a\n   ```\n';
    expect(blocksOf(text, 'x.md')).toEqual([{ commands: [{ text: 'bao read a', output: [] }] }]);
  });

  test('is none in another language', () => {
    expect(blocksOf('```yaml\na: 1\n```\n\n```\nbao read a\n```\n', 'x.md')).toEqual([]);
  });
});

describe('the comment above a block', () => {
  const cases = [
    ['not run: needs a Mac', { notRun: 'needs a Mac' }],
    ['run apart: e2e/x.test.ts', { runApart: 'e2e/x.test.ts' }],
    ['fails: permission denied', { fails: 'permission denied' }],
    ['OpenBao only', { only: 'OpenBao' }],
    ['Vault only', { only: 'Vault' }],
    ['a note of the author', {}],
  ] as const;
  for (const [mark, expected] of cases) {
    test(mark, () => {
      const [block] = blocksOf(page('bao read a', `<!-- ${mark} -->\n\n`), 'x.md');
      expect(block).toEqual({ commands: [{ text: 'bao read a', output: [] }], ...expected });
    });
  }

  test('holds for the next block alone', () => {
    const [, second] = blocksOf(page('a', '<!-- not run: a -->\n\n') + page('b'), 'x.md');
    expect(second).toEqual({ commands: [{ text: 'b', output: [] }] });
  });

  test('that nobody understands is a mistake that names the page', () => {
    for (const mark of ['not run', 'do not run: x', 'failing: x', 'Only OpenBao']) {
      expect(() => blocksOf(page('bao read a', `<!-- ${mark} -->\n\n`), 'x.md')).toThrow(PageError);
    }
  });
});
