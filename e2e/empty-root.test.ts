import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../tests/harness/certificate-authority.ts';
import { startDnsServer } from '../tests/harness/dns-server.ts';
import { canMakeEmptyRoot, emptyRootCommand, isRoot } from '../tests/harness/empty-root.ts';
import { type LiteLLMServer, startLiteLLMServer } from '../tests/harness/litellm-server.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { EngineServer } from './harness/engine-server.ts';
import { mountPlugin, registerPlugin } from './harness/plugin.ts';
import { describeEngines } from './harness/suite.ts';
import { revokeLease } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// A real engine, whose program needs no C library, in a root where there is nothing but it, its folder, /proc and three
// files of /etc: what a distroless image is. It loads the plugin, which finds LiteLLM by its name, trusts its certificate and shows one.

const byFile = 'litellm.test';
const byServer = 'litellm.example';
const nameServer = '127.53.53.53';

setDefaultTimeout(60_000);

let folder: string;
let litellm: LiteLLMServer;
let server: EngineServer;
const authority = createCertificateAuthority();

/** A program by which the harness starts an engine in such a root; HOME is the server's folder. */
async function inEmptyRoot(program: string): Promise<string> {
  const at = join(folder, 'root');
  await mkdir(at);
  const home = '$HOME';
  const files = {
    '/etc/hosts': `127.0.0.1 localhost ${byFile}\n`,
    '/etc/resolv.conf': `nameserver ${nameServer}\noptions timeout:2 attempts:1\n`,
  };
  const words = emptyRootCommand({ program, at, folders: [home], files });
  const quoted = words.map((word) => (word === home ? '"$HOME"' : `'${word.replaceAll("'", String.raw`'\''`)}'`));
  const wrapper = join(folder, 'engine');
  await Bun.write(wrapper, `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`);
  await chmod(wrapper, 0o755);
  return wrapper;
}

if (!canMakeEmptyRoot) {
  console.log('NOT RUN with an engine in an empty root: nobody may mount one here.');
} else {
  describeEngines((engine) => {
    beforeAll(async () => {
      folder = await mkdtemp(join(await realpath(tmpdir()), 'distroless-'));
      litellm = await startLiteLLMServer({ tls: { ...authority.issue([byFile, byServer]), clientCA: authority.cert } });
      const { path } = await engine.program({ report: (line) => console.log(line) });
      const binary = await inEmptyRoot(path);
      server = await EngineServer.start({ engine, binary });
      await registerPlugin(server);
      await mountPlugin(server, 'litellm');
    }, 600_000);
    afterAll(async () => {
      await server.stop();
      await litellm.stop();
      await rm(folder, { recursive: true });
    });
    test('LiteLLM is found by a name in /etc/hosts, and a key is issued and revoked', () => issueAndRevoke(byFile));
    if (isRoot) {
      test('LiteLLM is found by a name server', async () => {
        await using names = await startDnsServer(nameServer, byServer);
        await issueAndRevoke(byServer);
        expect(names.asked).toBeGreaterThan(0);
      });
    } else {
      console.log('NOT RUN with a name server in an empty root: it takes root to be one.');
    }
  });
}

async function issueAndRevoke(host: string): Promise<void> {
  const { cert: client_cert, key: client_key } = authority.issue(['client.test']);
  const written = await server.api('POST', 'litellm/config', {
    base_url: `https://${host}:${new URL(litellm.url).port}`,
    master_key: litellm.masterKey,
    ca_cert: authority.cert,
    client_cert,
    client_key,
  });
  expect({ accepted: written.status < 300, errors: written.errors }).toEqual({ accepted: true, errors: '' });
  const role = uniqueName('team');
  await writeRole(server, `litellm/roles/${role}`, { models: ['gpt-4o'] });
  const { leaseId, key } = await issueKey(server, role);
  expect(key).toStartWith('sk-');
  expect(litellm.keys.all()).toHaveLength(1);
  await revokeLease(server, leaseId);
  await until('the key is deleted', 10, async () => litellm.keys.all().length === 0);
}
