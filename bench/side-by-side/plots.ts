import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from './goals.ts';
import { purposes } from './profile-parts.ts';
import { type EngineResults, pageFolder, type Results } from './results.ts';
import { sideNames } from './track.ts';

/** What is used of vega-lite and vega: their own types are for browsers, and no strict compiler takes them. */
interface VegaLite {
  compile(spec: object): { readonly spec: object };
}
interface Vega {
  parse(spec: object): object;
  View: new (runtime: object, options: { readonly renderer: 'none' }) => { toSVG(): Promise<string> };
}

/** What a picture is drawn in by day, and what takes its place by night. The bars are seen on both. */
const ink = {
  back: ['#ffffff', '#0d1117'],
  text: ['#24292f', '#e6edf3'],
  dim: ['#57606a', '#9198a1'],
  grid: ['#d0d7de', '#30363d'],
} as const;
const night = Object.values(ink)
  .flatMap(([day, dark]) => [`[fill="${day}"] { fill: ${dark}; }`, `[stroke="${day}"] { stroke: ${dark}; }`])
  .join('\n');
const style = `<style>\ntext { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; }\n@media (prefers-color-scheme: dark) {\n${night}\n}\n</style>`;

const common = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: ink.back[0],
  config: {
    view: { stroke: null },
    axis: {
      labelColor: ink.text[0],
      titleColor: ink.text[0],
      gridColor: ink.grid[0],
      domainColor: ink.dim[0],
      tickColor: ink.dim[0],
    },
    header: { labelColor: ink.text[0], titleColor: ink.text[0] },
    legend: { labelColor: ink.text[0], titleColor: ink.text[0] },
    title: { color: ink.text[0] },
    text: { color: ink.text[0] },
  },
} as const;

const titles = { ours: 'this plugin', go: 'Go' } as const;
const colours = { domain: Object.values(titles), range: ['#3b82d0', '#9a9a9a'] };

/** Draws the pictures of the page. */
export async function writePlots(results: Results): Promise<void> {
  await mkdir(pageFolder, { recursive: true });
  for (const [name, engine] of Object.entries(results.engines)) {
    if (engine.race !== undefined) {
      await write(`rate-${name}`, raceSpec(engine, 'rate', 'requests a second'));
      await write(`cpu-${name}`, raceSpec(engine, 'cpu', "seconds of the plugin's processor time for 1,000"));
    }
    if (engine.leases !== undefined && engine.leases.length > 0) await write(`scale-${name}`, scaleSpec(engine));
  }
  if (results.profile !== undefined) await write('profile', profileSpec(results.profile));
}

/** By names that are no literals: so the compiler does not look for their types. */
async function loadLibraries(): Promise<readonly [VegaLite, Vega]> {
  const names: readonly [string, string] = ['vega-lite', 'vega'];
  const [lite, vega]: unknown[] = await Promise.all(names.map(async (name) => import(name) as Promise<unknown>));
  return [lite as VegaLite, vega as Vega];
}

async function write(name: string, spec: object): Promise<void> {
  const [lite, vega] = await loadLibraries();
  const svg = await new vega.View(vega.parse(lite.compile(spec).spec), { renderer: 'none' }).toSVG();
  await Bun.write(join(pageFolder, `${name}.svg`), `${svg.replace('>', `>${style}`)}\n`);
}

/** Bars of the medians, with the least and the most of the rounds. */
function raceSpec({ title, race }: EngineResults, name: 'rate' | 'cpu', axis: string): object {
  const values = (race?.rows ?? []).flatMap(({ operation, clients, rounds }) =>
    sideNames.map((side) => {
      const all = rounds.map((round) => round[side][name]);
      return {
        operation,
        clients: `${clients} client${clients === 1 ? '' : 's'}`,
        side: titles[side],
        median: median(all),
        least: Math.min(...all),
        most: Math.max(...all),
      };
    }),
  );
  const x = { field: 'side', type: 'nominal', axis: null, sort: colours.domain } as const;
  return {
    ...common,
    title: `${title}: ${axis}`,
    data: { values },
    facet: {
      column: { field: 'clients', type: 'nominal', title: null, sort: ['1 client', '8 clients', '32 clients'] },
      row: { field: 'operation', type: 'nominal', title: null, sort: ['issue', 'renew', 'revoke'] },
    },
    spec: {
      width: 110,
      height: 90,
      layer: [
        {
          mark: 'bar',
          encoding: {
            x,
            y: { field: 'median', type: 'quantitative', title: null },
            color: { field: 'side', type: 'nominal', title: null, scale: colours },
          },
        },
        {
          mark: { type: 'rule', color: ink.dim[0] },
          encoding: { x, y: { field: 'least', type: 'quantitative' }, y2: { field: 'most' } },
        },
      ],
    },
  };
}

function scaleSpec({ title, leases = [] }: EngineResults): object {
  const x = { field: 'count', type: 'quantitative', title: 'leases outstanding' } as const;
  const panel = (field: string, name: string) =>
    ({
      width: 220,
      height: 120,
      mark: { type: 'line', point: true, color: colours.range[0] },
      encoding: { x, y: { field, type: 'quantitative', title: name, scale: { zero: true } } },
    }) as const;
  return {
    ...common,
    title: `${title}: ever more leases`,
    data: { values: [...leases] },
    hconcat: [panel('rate', 'keys a second'), panel('cpu', 'processor seconds for 1,000'), panel('rss', 'memory, MiB')],
  };
}

/** One bar for each part, those of one purpose in one colour. */
function profileSpec({ parts, total }: NonNullable<Results['profile']>): object {
  const y = {
    field: 'part',
    type: 'nominal',
    title: null,
    sort: parts.map(({ part }) => part),
    axis: { labelLimit: 360 },
  } as const;
  const x = { field: 'micros', type: 'quantitative', title: 'µs of processor time a read' } as const;
  const scale = { domain: purposes, range: ['#3b82d0', '#3f9e6e', '#c98a2b', '#9a9a9a'] };
  const color = {
    field: 'purpose',
    type: 'nominal',
    title: null,
    scale,
    legend: { orient: 'bottom', labelLimit: 0 },
  } as const;
  return {
    ...common,
    title: `A read's ${total.toFixed(0)} µs of processor time, part by part`,
    width: 460,
    data: { values: parts },
    encoding: { y },
    layer: [
      { mark: 'bar', encoding: { x, color } },
      {
        mark: { type: 'text', align: 'left', dx: 4 },
        encoding: { x, text: { field: 'micros', type: 'quantitative', format: '.0f' } },
      },
    ],
  };
}
