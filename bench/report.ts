import { type Figure, holds, type Section, type Unit } from './figure.ts';

const columns = ['', 'median', 'min – max', 'runs', 'target', 'holds'] as const;
type Row = readonly [string, string, string, string, string, string];
const widths = [54, 11, 21, 9, 11, 5] as const;

/** The line above all tables. */
export function tableHead(): string {
  return line([...columns]);
}

/** A section as text: its title, a line for each figure, and what one should know. */
export function sectionText({ title, figures, notes }: Section): string {
  return [title, ...figures.map((figure) => line(row(figure))), ...notes.map((note) => `  · ${note}`), ''].join('\n');
}

function row(figure: Figure): Row {
  const { what, unit, summary, runs, target } = figure;
  const { median, min, max } = summary;
  const held = holds(figure);
  const range = min === max ? '' : `${number(min, unit)} – ${number(max, unit)}`;
  return [
    `  ${what}`,
    withUnit(median, unit),
    range,
    runs ?? String(summary.runs),
    target === undefined ? '' : `${target === 0 ? '' : '≤ '}${target}${unit === 'calls' ? '' : ` ${unit}`}`,
    held === undefined ? '' : held ? 'yes' : 'NO',
  ];
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index] ?? 0)))
    .join(' ')
    .trimEnd();
}

function withUnit(value: number, unit: Unit): string {
  return unit === 'calls' ? number(value, unit) : `${number(value, unit)} ${unit}`;
}

function number(value: number, unit: Unit): string {
  switch (unit) {
    case 'ms':
      return value.toFixed(value < 10 ? 2 : 1);
    case '/s':
      return value.toFixed(0);
    case 'calls':
      return String(value);
  }
}
