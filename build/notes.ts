import { git, versionTags } from './git.ts';

/** A heading of the notes, and what stands below it. */
interface Section {
  readonly heading: string;
  readonly fits: (commit: Commit) => boolean;
  /** Whether it tells of something that a version before had, and so has no place in the first one's notes. */
  readonly needsVersionBefore: boolean;
}

/** Commits that fit none matter to nobody who only uses the plugin. */
const sections: readonly Section[] = [
  // Whatever its kind and room, and below no other heading.
  { heading: 'Breaking', fits: ({ breaks }) => breaks, needsVersionBefore: false },
  { heading: 'New', fits: isOfKind('feat'), needsVersionBefore: false },
  { heading: 'Fixed', fits: isOfKind('fix'), needsVersionBefore: true },
  { heading: 'Faster', fits: isOfKind('perf'), needsVersionBefore: true },
];

/** Where the plugin is made and tested: what changes there alone changes nothing for somebody who uses it. */
const workshops: ReadonlySet<string | undefined> = new Set(['build', 'ci', 'e2e', 'bench', 'proto', 'tests']);

function isOfKind(wanted: string): (commit: Commit) => boolean {
  return ({ kind, room, breaks }) => kind === wanted && !breaks && !workshops.has(room);
}

/** A commit by its message. */
interface Commit {
  /** What stands before the colon, as `feat` does; undefined where nothing does. */
  readonly kind: string | undefined;
  /** What stands in brackets behind that, as `engine` does. */
  readonly room: string | undefined;
  readonly breaks: boolean;
  /** What the notes say of it. */
  readonly line: string;
}

/** What breaks, as the footers of a message tell it; such a footer goes on until an empty line or another one. */
function breaksIn(body: string): readonly string[] {
  const footers = body.matchAll(/^BREAKING[ -]CHANGE: *(.+(?:\n(?![A-Za-z-]+(?:: | #)|BREAKING[ -]CHANGE:).+)*)/gm);
  return [...footers].map(([, text = '']) => text.replace(/\s*\n\s*/g, ' ').trim());
}

/** The message of a commit, under its full name. */
type Message = readonly [name: string, text: string];

/** Leaves out what was reverted later on, together with its revert; what a reverted revert had taken back stays. Oldest first. */
function withoutReverted(messages: readonly Message[]): readonly Message[] {
  const gone = new Set<string>();
  for (const [name, text] of messages.toReversed()) {
    if (gone.has(name)) continue;
    const [, start] = /^This reverts commit ([0-9a-f]{7,})\b/m.exec(text) ?? [];
    const reverted = start === undefined ? undefined : messages.find(([other]) => other.startsWith(start));
    // One that was in the version before is not among these.
    if (reverted !== undefined) for (const each of [name, reverted[0]]) gone.add(each);
  }
  return messages.filter(([name]) => !gone.has(name));
}

/** Reads the message of a commit: its first line, and the rest from the second on. */
function readCommit(message: string): Commit {
  const end = message.indexOf('\n');
  const subject = end === -1 ? message : message.slice(0, end);
  const breaks = end === -1 ? [] : breaksIn(message.slice(end));
  const [, kind, room, mark, text = subject] = /^([\w-]+)(?:\(([^)]+)\))?(!)?: (.+)$/.exec(subject) ?? [];
  return {
    kind,
    room,
    breaks: mark !== undefined || breaks.length > 0,
    line: `- ${room === undefined ? '' : `${room}: `}${[text, ...breaks].map((part) => part.replace(/\.$/, '')).join('. ')}`,
  };
}

/** What has changed between the version before `tag` and `commit`, for people who use the plugin, in Markdown; without a title. */
export async function releaseNotes(folder: string, tag: string, commit: string): Promise<string> {
  // The commit itself may have a higher one too.
  const before = (await versionTags(folder, commit)).find((name) => Bun.semver.order(name, tag) < 0);
  const range = before === undefined ? commit : `${before}..${commit}`;
  const log = await git(folder, 'log', '--no-show-signature', '-z', '--format=%H %s%n%b', '--reverse', range);
  const messages = log.split('\0').map((entry): Message => {
    const space = entry.indexOf(' ');
    return [entry.slice(0, space), entry.slice(space + 1)];
  });
  const commits = withoutReverted(messages).map(([, text]) => readCommit(text));
  const parts = sections.flatMap(({ heading, fits, needsVersionBefore }) => {
    if (needsVersionBefore && before === undefined) return [];
    const lines = commits.filter(fits).map(({ line }) => line);
    return lines.length === 0 ? [] : [`## ${heading}\n\n${lines.join('\n')}\n`];
  });
  const since = before === undefined ? 'The first version.' : `Since ${before}:`;
  return [`${since}\n`, ...parts].join('\n');
}
