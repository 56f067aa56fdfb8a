import { git, versionTags } from './git.ts';

/** The headings of the notes, and which commits stand below each; others matter to nobody who only uses the plugin. */
const sections: readonly (readonly [heading: string, fits: (commit: Commit) => boolean])[] = [
  // Whatever its kind, and below no other heading.
  ['Breaking', ({ breaks }) => breaks],
  ['New', ({ kind, breaks }) => kind === 'feat' && !breaks],
  ['Fixed', ({ kind, breaks }) => kind === 'fix' && !breaks],
  ['Faster', ({ kind, breaks }) => kind === 'perf' && !breaks],
];

/** A commit by its message. */
interface Commit {
  /** What stands before the colon, as `feat` does; undefined where nothing does. */
  readonly kind: string | undefined;
  readonly breaks: boolean;
  /** What the notes say of it. */
  readonly line: string;
}

/** What breaks, as the footers of a message tell it; such a footer goes on until an empty line or another one. */
function breaksIn(body: string): readonly string[] {
  const footers = body.matchAll(/^BREAKING[ -]CHANGE: *(.+(?:\n(?![A-Za-z-]+(?:: | #)|BREAKING[ -]CHANGE:).+)*)/gm);
  return [...footers].map(([, text = '']) => text.replace(/\s*\n\s*/g, ' ').trim());
}

/** Reads the message of a commit: its first line, and the rest from the second on. */
function readCommit(message: string): Commit {
  const end = message.indexOf('\n');
  const subject = end === -1 ? message : message.slice(0, end);
  const breaks = end === -1 ? [] : breaksIn(message.slice(end));
  const [, kind, room, mark, text = subject] = /^([\w-]+)(?:\(([^)]+)\))?(!)?: (.+)$/.exec(subject) ?? [];
  return {
    kind,
    breaks: mark !== undefined || breaks.length > 0,
    line: `- ${room === undefined ? '' : `${room}: `}${[text, ...breaks].map((part) => part.replace(/\.$/, '')).join('. ')}`,
  };
}

/** What has changed between the version before `commit` and it, for people who use the plugin, in Markdown. */
export async function releaseNotes(folder: string, tag: string, commit: string): Promise<string> {
  const before = (await versionTags(folder, commit)).find((name) => name !== tag);
  const range = before === undefined ? commit : `${before}..${commit}`;
  const messages = await git(folder, 'log', '--no-show-signature', '-z', '--format=%s%n%b', '--reverse', range);
  const commits = messages.split('\0').map(readCommit);
  const parts = sections.flatMap(([heading, fits]) => {
    const lines = commits.filter(fits).map(({ line }) => line);
    return lines.length === 0 ? [] : [`## ${heading}\n\n${lines.join('\n')}\n`];
  });
  const since = before === undefined ? 'The first version.' : `Since ${before}:`;
  return [`# ${tag}\n\n${since}\n`, ...parts].join('\n');
}
