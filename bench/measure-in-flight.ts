import { type Figure, latencyFigures, type Section } from './figure.ts';
import { deleteKeys, type LiteLLM } from './litellm.ts';
import { issueMany, startOpenBao, write } from './openbao.ts';
import { summarize } from './statistics.ts';

/** How many keys are made in one go for each bound, and how many goes there are. */
export interface InFlightRuns {
  readonly rounds: number;
  readonly keysPerRound: number;
}

/** The last is as good as none. */
const bounds = [4, 8, 16, 1024] as const;
const clients = 32;

/** `creds/` reads of many clients at once through a real OpenBao, for different `max_in_flight`, in turns. */
export async function measureInFlight(litellm: LiteLLM, runs: InFlightRuns, signal: AbortSignal): Promise<Section> {
  const tokenIds: string[] = [];
  const sides = bounds.map((bound) => ({ bound, times: [] as number[], rates: [] as number[] }));
  try {
    await using openBao = await startOpenBao(litellm, signal);
    await issueMany(openBao, { count: runs.keysPerRound, clients: 1, signal }, (tokenId) => tokenIds.push(tokenId));
    for (let round = 0; round < runs.rounds; round += 1) {
      for (const { bound, times, rates } of sides) {
        await write(openBao.server, 'litellm/config', { max_in_flight: bound, request_timeout: '10m' });
        const begin = performance.now();
        await issueMany(openBao, { count: runs.keysPerRound, clients, signal }, (tokenId, milliseconds) => {
          tokenIds.push(tokenId);
          times.push(milliseconds);
        });
        rates.push((runs.keysPerRound / (performance.now() - begin)) * 1000);
        await deleteKeys(litellm, tokenIds.splice(0));
      }
    }
    const count = `${runs.rounds}×${runs.keysPerRound}`;
    return {
      title: `${clients} clients through OpenBao ${openBao.version}, with ${litellm.name}`,
      figures: sides.flatMap(({ bound, times, rates }): readonly Figure[] => [
        ...latencyFigures(`max_in_flight ${bound === 1024 ? 'none (1024)' : bound}`, [times], { runs: count }),
        { what: '  keys a second', unit: '/s', summary: summarize(rates), runs: count },
      ]),
      notes: ['for comparison; the engine, the plugin, LiteLLM and the clients share the machine'],
    };
  } finally {
    await deleteKeys(litellm, tokenIds);
  }
}
