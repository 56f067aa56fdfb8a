import { expect, test } from 'bun:test';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GoBuildError, whyNoGo } from '../../build/go-program.ts';
import { runProgram } from '../../build/run-program.ts';
import { registerPlugin } from '../harness/plugin.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { examples } from './shown-commands.ts';
import { findTofu, type Tofu } from './tofu.ts';

// examples/terraform and the resource on docs/static-roles.md: OpenTofu takes them, makes what they say, and has nothing to change after it.
// ephemeral.tf needs a later provider than can be built here: its form alone is looked at.

const example = join(examples, 'terraform');
const found = await findOrTellWhyNot();
const whyNot = typeof found === 'string' ? found : undefined;
// Repeated by whoever sums up a longer run.
if (whyNot !== undefined) console.log(`NOT RUN examples/terraform: ${whyNot}`);

async function findOrTellWhyNot(): Promise<Tofu | string> {
  const reason = await whyNoGo();
  if (reason !== undefined) return reason;
  try {
    return await findTofu();
  } catch (error) {
    // The modules may not be had everywhere.
    if (error instanceof GoBuildError) return error.message;
    throw error;
  }
}

const tofu = typeof found === 'string' ? undefined : found;

/** Runs OpenTofu in a folder, as somebody with nothing in the environment but this. */
async function run(folder: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await runProgram([tofu?.program ?? '', ...words], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: folder,
      TF_CLI_CONFIG_FILE: join(folder, 'cli.tfrc'),
      TF_IN_AUTOMATION: '1',
      ...env,
    },
  });
  return { code, said: stdout + stderr };
}

/** A new folder with what takes the provider that was built, whatever version is asked for. */
async function newFolder(parent: string, name: string): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  await Bun.write(
    join(folder, 'cli.tfrc'),
    `provider_installation {\n  dev_overrides {\n    "hashicorp/vault" = "${tofu?.providerFolder}"\n  }\n}\n`,
  );
  return folder;
}

describeEngines((engine) => {
  if (whyNot !== undefined) return;
  const suite = useSuite(engine, { bare: true });
  test('the files of the example are formatted as OpenTofu formats them', async () => {
    const folder = await newFolder(suite().server.folder, 'tofu-fmt');
    expect(await run(folder, ['fmt', '-check', '-diff', example])).toEqual({ code: 0, said: '' });
  });

  test('a misspelt argument is refused', async () => {
    const folder = await newFolder(suite().server.folder, 'tofu-misspelt');
    const main = await Bun.file(join(example, 'main.tf')).text();
    await Bun.write(join(folder, 'main.tf'), main.replace('disable_read ', 'disable_reed '));
    const { code, said } = await run(folder, ['validate', '-no-color']);
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('"disable_reed" is not expected') });
  });

  test('the mount, its configuration and the roles are made, need no change after it, and go', async () => {
    const { server, litellm, models } = suite();
    await registerPlugin(server);
    const folder = await newFolder(server.folder, 'tofu-apply');
    const env = {
      VAULT_ADDR: server.address,
      VAULT_TOKEN: server.rootToken,
      TF_VAR_litellm_url: litellm.url,
      TF_VAR_litellm_master_key: litellm.masterKey,
    };
    const follow = async (...words: readonly string[]): Promise<void> => {
      const { code, said } = await run(folder, [...words, '-no-color'], env);
      expect({ words, code, said: code === 0 ? '' : said }).toEqual({ words, code: 0, said: '' });
    };
    const main = await Bun.file(join(example, 'main.tf')).text();
    await Bun.write(join(folder, 'main.tf'), main.replace('gpt-4o-mini', models[0]));
    await follow('validate');
    await follow('apply', '-auto-approve');
    // 2 would be a change.
    await follow('plan', '-detailed-exitcode');
    expect((await server.api('GET', 'litellm/creds/app')).data).toMatchObject({ models: [models[0]], max_budget: 50 });

    const page = await Bun.file(resolve(examples, '../docs/static-roles.md')).text();
    const [, shown = ''] = /```hcl\n(.*?)```/s.exec(page) ?? [];
    const billing = join(folder, 'billing.tf');
    await Bun.write(billing, shown.replace('gpt-4o', models[0]));
    await follow('apply', '-auto-approve');
    await follow('plan', '-detailed-exitcode');
    expect((await server.api('GET', 'litellm/static-creds/billing')).data).toMatchObject({ rotation_period: 86_400 });

    await rm(billing);
    await follow('apply', '-auto-approve');
    await follow('destroy', '-auto-approve');
    expect((await server.api('GET', 'sys/mounts/litellm')).status).toBe(400);
  }, 120_000);
});
