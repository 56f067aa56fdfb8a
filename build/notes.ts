import { git, versionTags } from './git.ts';

/** The headings of the notes, and the kinds of commits below each; other kinds matter to nobody who only uses the plugin. */
const sections: readonly (readonly [heading: string, kind: string])[] = [
  ['New', 'feat'],
  ['Fixed', 'fix'],
  ['Faster', 'perf'],
];

/** What has changed between the version before `commit` and it, for people who use the plugin, in Markdown. */
export async function releaseNotes(folder: string, tag: string, commit: string): Promise<string> {
  const before = (await versionTags(folder, commit)).find((name) => name !== tag);
  const subjects = await git(
    folder,
    'log',
    '--format=%s',
    '--reverse',
    before === undefined ? commit : `${before}..${commit}`,
  );
  const parts = sections.flatMap(([heading, kind]) => {
    const pattern = new RegExp(`^${kind}(?:\\(([^)]+)\\))?(!)?: (.+)$`);
    const lines = subjects.split('\n').flatMap((subject) => {
      const [, room, breaking, text] = pattern.exec(subject) ?? [];
      if (text === undefined) return [];
      return [`- ${breaking === undefined ? '' : '**breaking** '}${room === undefined ? '' : `${room}: `}${text}`];
    });
    return lines.length === 0 ? [] : [`## ${heading}\n\n${lines.join('\n')}\n`];
  });
  const since = before === undefined ? 'The first version.' : `Since ${before}:`;
  return [`# ${tag}\n\n${since}\n`, ...parts].join('\n');
}
