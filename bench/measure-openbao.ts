import type { Figure, Section } from './figure.ts';
import { deleteKeys, generateKey, type LiteLLM } from './litellm.ts';
import { issueMany, startOpenBao } from './openbao.ts';
import { summarize } from './statistics.ts';

/** How many keys are made in one go, and how many goes there are. */
export interface OpenBaoRuns {
  readonly rounds: number;
  readonly keysPerRound: number;
}

const clientCounts = [1, 8] as const;

/** `creds/` reads as a user makes them, through a real OpenBao, in turns with LiteLLM alone under the same load. */
export async function measureOpenBao(litellm: LiteLLM, runs: OpenBaoRuns, signal: AbortSignal): Promise<Section> {
  const tokenIds: string[] = [];
  try {
    await using openBao = await startOpenBao(litellm, signal);
    const direct = { issue: () => generateKey(litellm) };
    const load = { signal, count: runs.keysPerRound };
    await issueMany(openBao, { ...load, clients: 1 }, (tokenId) => tokenIds.push(tokenId));
    await issueMany(direct, { ...load, clients: 1 }, (tokenId) => tokenIds.push(tokenId));

    const figures: Figure[] = [];
    for (const clients of clientCounts) {
      const sides = [
        { name: 'LiteLLM alone', issuer: direct, times: [] as number[], rates: [] as number[] },
        { name: 'creds/ read', issuer: openBao, times: [] as number[], rates: [] as number[] },
      ];
      for (let round = 0; round < runs.rounds; round++) {
        for (const { issuer, times, rates } of sides) {
          const begin = performance.now();
          await issueMany(issuer, { ...load, clients }, (tokenId, milliseconds) => {
            tokenIds.push(tokenId);
            times.push(milliseconds);
          });
          rates.push((runs.keysPerRound / (performance.now() - begin)) * 1000);
          await deleteKeys(litellm, tokenIds.splice(0));
        }
      }
      for (const { name, times, rates } of sides) {
        const by = `${name}, ${clients} client${clients === 1 ? '' : 's'}`;
        figures.push({ what: by, unit: 'ms', summary: summarize(times) });
        figures.push({
          what: `${by}: keys a second`,
          unit: '/s',
          summary: summarize(rates),
          runs: `${runs.rounds}×${runs.keysPerRound}`,
        });
      }
    }
    return {
      title: `Through OpenBao ${openBao.version}, with ${litellm.name}`,
      figures,
      notes: ['for comparison; the engine, the plugin, LiteLLM and the clients share the machine'],
    };
  } finally {
    await deleteKeys(litellm, tokenIds);
  }
}
