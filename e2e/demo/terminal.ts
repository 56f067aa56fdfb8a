const colored = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
const paint = (code: string) => (text: string) => (colored ? `\u001B[${code}m${text}\u001B[0m` : text);
const bold = paint('1');
const dim = paint('2');
const green = paint('32');
const cyan = paint('36');

const indent = (text: string): string => text.trimEnd().replaceAll(/^(?=.)/gm, '  ');

/** What the demonstration prints; in colour on a terminal alone. */
export const terminal = {
  /** The beginning of a step. */
  heading(text: string): void {
    console.log(`\n${bold(text)}`);
  },
  /** What is going on, or why. */
  note(text: string): void {
    console.log(dim(indent(text)));
  },
  /** A command, as somebody would type it. */
  command(line: string): void {
    console.log(`\n  ${cyan('$')} ${line.replaceAll('\n', '\n    ')}`);
  },
  /** What a command answered. */
  output(text: string): void {
    if (text.trim() !== '') console.log(indent(text));
  },
  /** What was to be shown was seen. */
  seen(text: string): void {
    console.log(`  ${green('✓')} ${text}`);
  },
};
