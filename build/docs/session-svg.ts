/** What was recorded is no whole demonstration. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

const firstStep = /^1\. /;
const afterLastStep = /^Nobody revokes/;
const end = 'Done. Nothing was left running.';

const width = 100;
const lineHeight = 18;
const charWidth = 7.8;
const margin = 16;
const bar = 28;
/** Seconds from one command to the next. */
const pause = 1.5;

type Kind = 'heading' | 'command' | 'seen' | 'output';

interface Line {
  readonly kind: Kind;
  readonly text: string;
}

/**
 * What `just demo` has printed, as the picture of a terminal that follows the reader's colours, light or dark. Only its
 * five steps; keys are cut short. Throws {@link RecordingError} where the demonstration did not come to its end.
 */
export function sessionSVG(recording: string): string {
  const lines = stepsOf(recording);
  const height = bar + 2 * margin + lines.length * lineHeight;
  const fullWidth = Math.round(2 * margin + width * charWidth);
  let step = 0;
  const rows = lines.map(({ kind, text }, index) => {
    if (kind === 'command') step++;
    const y = bar + margin + (index + 0.75) * lineHeight;
    const delay = ` style="animation-delay:${(step * pause).toFixed(1)}s"`;
    return text === '' ? '' : `<text class="${kind}" x="${margin}" y="${y}"${delay}>${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${fullWidth} ${height}" width="${fullWidth}" height="${height}" role="img" xml:space="preserve">
<title>A recorded session of npm run demo</title>
<style>
svg { --back: #ffffff; --edge: #d0d7de; --text: #24292f; --dim: #57606a; --command: #0550ae; --seen: #116329; }
@media (prefers-color-scheme: dark) {
  svg { --back: #0d1117; --edge: #30363d; --text: #e6edf3; --dim: #9198a1; --command: #79c0ff; --seen: #56d364; }
}
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; fill: var(--dim);
  animation: appear 0.2s backwards; }
.heading { font-weight: bold; fill: var(--text); }
.command { fill: var(--command); }
.seen { fill: var(--seen); }
.back { fill: var(--back); stroke: var(--edge); }
.dot { fill: var(--edge); }
@keyframes appear { from { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { text { animation: none; } }
</style>
<rect class="back" x="0.5" y="0.5" width="${fullWidth - 1}" height="${height - 1}" rx="8"/>
<circle class="dot" cx="18" cy="15" r="5"/><circle class="dot" cx="36" cy="15" r="5"/><circle class="dot" cx="54" cy="15" r="5"/>
${rows.filter((row) => row !== '').join('\n')}
</svg>
`;
}

function stepsOf(recording: string): readonly Line[] {
  const all = recording.split('\n').map((line) => line.trimEnd());
  const from = all.findIndex((line) => firstStep.test(line));
  const to = all.findIndex((line) => afterLastStep.test(line));
  if (from === -1 || to < from || !all.includes(end))
    throw new RecordingError(`no whole demonstration: it ends with "${end}"`);
  // An empty line stands before each command; before a step is enough.
  return all.slice(from, to - 1).flatMap((text, index, lines): readonly Line[] => {
    if (text === '' && !/^\d\. /.test(lines[index + 1] ?? '')) return [];
    return [{ kind: kindOf(text), text: cut(withoutKeys(text)) }];
  });
}

function kindOf(text: string): Kind {
  if (/^\S/.test(text)) return 'heading';
  if (/^ {2}\$ |^ {4}-/.test(text)) return 'command';
  return text.startsWith('  ✓') ? 'seen' : 'output';
}

function withoutKeys(text: string): string {
  return text.replaceAll(/\bsk-[\w-]{8,}/g, (key) => `${key.slice(0, 7)}…`);
}

function cut(text: string): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
