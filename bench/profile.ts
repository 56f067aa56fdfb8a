import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openBao } from '../e2e/engines/openbao.ts';
import { runLoad } from './side-by-side/load.ts';
import { buildPrograms, startUpstream } from './side-by-side/programs.ts';
import { partsOf, type Profile } from './side-by-side/profile-parts.ts';
import { readResults, writeResults } from './side-by-side/results.ts';
import { Track } from './side-by-side/track.ts';
import { writePage } from './side-by-side/write-page.ts';

// `just profile [READS]`: a CPU profile of the plugin while 8 clients read keys, as a file for a browser's developer tools, and a
// read's time part by part. The plugin runs from its sources under the Bun that runs this, since a compiled one takes no options.

const reads = Number(process.argv[2] ?? 20_000);
const { signal } = new AbortController();
const folder = await mkdtemp(join(tmpdir(), 'profile-'));
try {
  const plugin = join(folder, 'plugin');
  const main = resolve(import.meta.dir, '../src/main.ts');
  await Bun.write(
    plugin,
    `#!/bin/sh\nexec '${process.execPath}' --cpu-prof '--cpu-prof-dir=${folder}' run '${main}' "$@"\n`,
  );
  await chmod(plugin, 0o755);
  await using programs = await buildPrograms(signal);
  await using upstream = await startUpstream(programs);
  let total: number;
  {
    await using track = await Track.start(openBao(), programs, upstream.url, { signal, ours: plugin });
    const creds = await track.mount('ours', 'ours');
    const load = { side: 'ours', operation: 'read', paths: [creds], clients: 8, signal } as const;
    const { cpu } = await runLoad(programs, track, { ...load, count: reads });
    total = cpu * 1000;
  }
  // Written when the process ends. The one that was there while the plugin was registered has seen next to nothing.
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const profiles = await Promise.all(
    files.map(async (name) => ({ name, profile: (await Bun.file(join(folder, name)).json()) as Profile })),
  );
  const [largest] = profiles.toSorted((a, b) => b.profile.samples.length - a.profile.samples.length);
  if (largest === undefined) throw new Error('Bun wrote no profile');
  const parts = partsOf(largest.profile, reads, total);
  const kept = resolve(import.meta.dir, '../dist/profile.cpuprofile');
  await Bun.write(kept, Bun.file(join(folder, largest.name)));
  for (const { purpose, part, micros } of parts)
    console.log(`${micros.toFixed(0).padStart(6)} µs  ${purpose}: ${part}`);
  console.log(`${total.toFixed(0).padStart(6)} µs  a read, in all\n\n${kept}`);
  const results = await readResults();
  if (results === undefined) {
    console.log('docs/performance.md gets it once `just bench` has written that page.');
  } else {
    const told = { ...results, profile: { reads, total, parts } };
    await writeResults(told);
    await writePage(told);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
