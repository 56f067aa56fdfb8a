import { afterAll, describe, expect, test } from 'bun:test';
import type { Engine } from './engines/engine.ts';
import { selectEngines } from './engines/select-engines.ts';
import { issueKey, writeRole } from './harness/issue-key.ts';
import { useSuite } from './harness/suite.ts';
import { newMount } from './harness/test-steps.ts';
import { use, type WatchOptions } from './litellm-pair/last-acceptance.ts';
import { LiteLLMPair, type PairSettings } from './litellm-pair/pair.ts';
import { laterThan, tableOf, type Row } from './litellm-pair/outcomes.ts';
import { redisProgram } from './litellm-pair/redis.ts';
import { tryOften, type Attempt, type TrialPlace } from './litellm-pair/trial.ts';

// Two real LiteLLM instances on one database: for how long each goes on accepting a key that was ended on the first. Of the engines
// one is enough, since it is LiteLLM that is tried. Declared by `just test-litellm-pair` alone; E2E_PAIR_TRIALS says how many keys race.

const racingTrials = Number(process.env['E2E_PAIR_TRIALS'] ?? '40');
/** Without Redis an instance accepts a key for as long as it keeps it, which is how long these trials take. */
const cacheTTL = Number(process.env['E2E_PAIR_CACHE_TTL'] ?? '10');
/**
 * With Redis no key may be accepted for longer than so many seconds. The table tells what was over one second; a busy machine blocks
 * for the second time a little later than that, and what this is about takes 20 to 60.
 */
const bound = 3;
const slowTrials = 6;
const atOnce = 3;

const attempts: readonly Attempt[] = (['revocation', 'delete alone'] as const).flatMap((way) =>
  (['warm', 'racing'] as const).flatMap((state) =>
    (['same', 'other'] as const).map((instance) => ({ way, state, instance })),
  ),
);
const nameOf = ({ way, state, instance }: Attempt): string => `${way}, ${state}, ${instance} instance`;

function declare(engine: Engine): void {
  const rows: Row[] = [];
  afterAll(() => {
    console.log(
      `\nSeconds for which a LiteLLM instance goes on accepting a key after it was ended on the first one:\n`,
    );
    console.log(tableOf(rows));
    console.log('');
  });

  /** Two instances with an engine beside them, for the tests of the calling `describe`. */
  function usePair(settings: PairSettings): () => TrialPlace {
    let pair: LiteLLMPair | undefined;
    const suite = useSuite(engine, {
      litellm: async () => {
        pair = await LiteLLMPair.start(settings);
        return pair;
      },
    });
    return () => {
      if (pair === undefined) throw new Error('the pair did not start');
      return { server: suite().server, pair, role: 'team' };
    };
  }

  /** Runs trials, keeps their outcomes for the table and gives them. */
  async function measure(
    place: TrialPlace,
    attempt: Attempt,
    watch: WatchOptions,
    count: number,
    redis: boolean,
    among = atOnce,
  ): Promise<readonly number[]> {
    await writeRole(place.server, `litellm/roles/${place.role}`, { ttl: '1h' });
    const seconds = await tryOften(place, attempt, watch, count, among);
    rows.push({ ...attempt, redis, seconds });
    return seconds;
  }

  const redis = redisProgram();
  if (redis === undefined) {
    console.log('NOT RUN on two LiteLLM instances with Redis: there is no redis-server.');
  } else {
    describe('two instances with Redis:', () => {
      const place = usePair({ redis });
      const quick: WatchOptions = { pause: 30, quiet: 2, atMost: 70 };

      for (const attempt of attempts.filter(({ way }) => way === 'revocation')) {
        const count = attempt.state === 'racing' && attempt.instance === 'other' ? racingTrials : 10;
        test(
          `no key outlives its end: ${nameOf(attempt)}`,
          async () => {
            const seconds = await measure(place(), attempt, quick, count, true);
            expect(seconds).toHaveLength(count);
            expect(laterThan(seconds, bound)).toBe(0);
          },
          { timeout: 120_000 + count * 10_000 },
        );
      }

      test(
        'delete alone, for comparison, ends every key in the end',
        async () => {
          const slow: WatchOptions = { pause: 1000, quiet: 5, atMost: 90 };
          const compared = attempts.filter(({ way }) => way === 'delete alone');
          const outcomes = await Promise.all(
            compared.map((attempt) => measure(place(), attempt, slow, slowTrials, true, slowTrials)),
          );
          expect(outcomes.flat()).toHaveLength(compared.length * slowTrials);
          expect(laterThan(outcomes.flat(), 80)).toBe(0);
        },
        { timeout: 240_000 },
      );
    });
  }

  describe('two instances without Redis:', () => {
    const place = usePair({ cacheTTL });

    test(
      'a key is refused where it was ended, and elsewhere when what is known of it there is too old',
      async () => {
        const slow: WatchOptions = { pause: 1000, quiet: 4, atMost: cacheTTL + 30 };
        const outcomes = await Promise.all(
          attempts.map((attempt) => measure(place(), attempt, slow, slowTrials, false, slowTrials)),
        );
        expect(outcomes.flat()).toHaveLength(attempts.length * slowTrials);
        expect(laterThan(outcomes.flat(), cacheTTL + 20)).toBe(0);
      },
      { timeout: (cacheTTL + 120) * 1000 },
    );

    /**
     * Gives a key a lease of `ttl` seconds, has the other instance read it when half of that is over, renews it before it ends, and uses
     * it there until all that was known of it before is forgotten. Gives the statuses.
     */
    async function useOverRenewal(grace: number): Promise<readonly number[]> {
      const { server, pair } = place();
      const mount = await newMount({ server, litellm: pair }, 'renewals', { grace: `${grace}s` });
      await writeRole(server, `${mount}/roles/team`, { ttl: '10s', max_ttl: '10m' });
      const { key, leaseId } = await issueKey(server, 'team', mount);
      await Bun.sleep(5_000);
      const statuses = [await use(pair.second, key)];
      await Bun.sleep(2_000);
      const { status, errors } = await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId, increment: 120 });
      expect([status, errors]).toEqual([200, '']);
      const end = performance.now() + (grace + cacheTTL + 10) * 1000;
      while (performance.now() < end) {
        statuses.push(await use(pair.second, key));
        await Bun.sleep(250);
      }
      await server.api('DELETE', `sys/mounts/${mount}`);
      return statuses;
    }

    test(
      'a renewed key is refused nowhere while its lease lives, as long as the grace outlasts what an instance keeps',
      async () => {
        const statuses = await useOverRenewal(cacheTTL + 5);
        expect(statuses.filter((status) => status !== 200)).toEqual([]);
      },
      { timeout: (cacheTTL * 3 + 120) * 1000 },
    );

    test(
      'with a shorter grace it is refused, so that the test before can tell',
      async () => {
        expect(await useOverRenewal(1)).toContain(401);
      },
      { timeout: (cacheTTL * 2 + 120) * 1000 },
    );
  });
}

if (process.env['E2E_PAIR'] !== undefined) {
  const [engine] = (await selectEngines(process.env['ENGINES'])).engines;
  if (engine === undefined) throw new Error('there is no engine to run on: see ENGINES');
  declare(engine);
}
