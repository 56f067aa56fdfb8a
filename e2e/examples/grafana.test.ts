import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { issueKey, writeRole } from '../harness/issue-key.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { until } from '../harness/until.ts';
import { examples } from './shown-commands.ts';

// examples/grafana: what its dashboard asks for is what the engines count.

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

const { panels } = (await Bun.file(join(examples, 'grafana/dashboard.json')).json()) as Dashboard;
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
const names = new Set(expressions.flatMap((expr) => expr.match(/\bvault_\w+/g) ?? []));
const labels = new Set(expressions.flatMap((expr) => expr.match(/\b\w+="[^"]*"/g) ?? []));

describeEngines((engine) => {
  const telemetry = { prometheus_retention_time: '1h', disable_hostname: true };
  const suite = useSuite(engine, { config: { telemetry } });

  test('each number and label on the dashboard is there, after a key was made, renewed and revoked', async () => {
    const { server } = suite();
    expect([names.size, labels.size]).toEqual([11, 1]);
    await writeRole(server, 'litellm/roles/app', { ttl: '1h', max_ttl: '2h' });
    const { leaseId } = await issueKey(server, 'app');
    await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId });
    await server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId, sync: true });
    let missing: readonly string[] = [];
    const look = async (): Promise<boolean> => {
      const headers = { 'X-Vault-Token': server.rootToken };
      const text = await (await fetch(`${server.address}/v1/sys/metrics?format=prometheus`, { headers })).text();
      const counted = new Set(text.split('\n').map((line) => /^[a-z_]+/.exec(line)?.[0]));
      missing = [
        ...[...names].filter((name) => !counted.has(name)),
        ...[...labels].filter((one) => !text.includes(one)),
      ];
      return missing.length === 0;
    };
    await until('every number is there', 60, look).catch(() => undefined);
    expect(missing).toEqual([]);
  }, 90_000);
});
