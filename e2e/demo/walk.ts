import { dirname } from 'node:path';
import { LiteLLM } from '../harness/litellm.ts';
import { objectOf, textOf, type Json } from '../harness/engine-api.ts';
import { pluginName } from '../harness/plugin.ts';
import { until } from '../harness/until.ts';
import { terminal } from './terminal.ts';
import { mount, type World } from './world.ts';

/** What was to be shown did not come about. */
export class WalkError extends Error {
  override readonly name = 'WalkError';
}

/** What the walk is told besides its world. */
export interface WalkOptions {
  readonly model: string | undefined;
  readonly otherModel: string | undefined;
  /** Ends the command that runs and the walk. */
  readonly signal: AbortSignal;
}

interface Lease {
  readonly id: string;
  readonly key: string;
}

/** The first characters of a key; enough to know it again, useless otherwise. */
const shortened = (key: string): string => `${key.slice(0, 7)}…`;

/** Goes through the README's five steps with the real command line, and shows what becomes of the key. */
export class Walk {
  readonly #world: World;
  readonly #options: WalkOptions;
  readonly #litellm: LiteLLM;
  readonly #env: Record<string, string>;

  constructor(world: World, options: WalkOptions) {
    this.#world = world;
    this.#options = options;
    this.#litellm = new LiteLLM(world.litellmURL, world.masterKey);
    this.#env = {
      PATH: `${dirname(world.baoBinary)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
      HOME: world.folder,
      BAO_ADDR: world.address,
      BAO_TOKEN: world.token,
      LITELLM_MASTER_KEY: world.masterKey,
    };
  }

  /** The lines that a terminal needs before any command. */
  exports(): readonly string[] {
    const { baoBinary, address, token, standIn, masterKey } = this.#world;
    const shown = standIn ? masterKey : '…';
    return [
      ...(Bun.which('bao') === baoBinary ? [] : [`export PATH=${dirname(baoBinary)}:$PATH`]),
      `export BAO_ADDR=${address} BAO_TOKEN=${token}`,
      `export LITELLM_MASTER_KEY=${shown}`,
    ];
  }

  /** @throws WalkError, or the signal's reason */
  async run(): Promise<void> {
    const [first, second] = await this.#models();
    this.#prepare();
    await this.#sh(`bao plugin register -sha256=${this.#world.sha256} secret ${pluginName}`);

    terminal.heading('1. Enable the engine');
    await this.#sh(`bao secrets enable -path=${mount} ${pluginName}`);

    terminal.heading('2. Configure the connection to LiteLLM');
    await this.#sh(`bao write ${mount}/config base_url=${this.#world.litellmURL} master_key=$LITELLM_MASTER_KEY`);

    terminal.heading('3. Define a role: which models, how much budget, how long');
    await this.#sh(`bao write ${mount}/roles/team-a models=${quoted(first)} max_budget=50 ttl=1h max_ttl=24h`);

    terminal.heading('4. Get a key');
    const lease = await this.#read('team-a');
    terminal.note('\nIt reaches the models of its role and no other:');
    this.#command(`KEY=${shortened(lease.key)}`);
    await this.#chat(lease.key, first, 200, `the key works for ${first}`);
    await this.#chat(lease.key, second, 403, `${second} is refused`);
    await this.#renew(lease);

    terminal.heading('5. Revoke the lease, and the key is gone');
    await this.#sh(`bao lease revoke ${lease.id}`);
    await this.#untilRefused(lease.key, first);
    await this.#chat(lease.key, first, 401, 'the key is refused');

    await this.#letDie(first);
  }

  #prepare(): void {
    terminal.heading('To type along, in another terminal');
    for (const line of this.exports()) terminal.command(line);
    terminal.note(`\nThe plugin lies in OpenBao's plugin folder, ${this.#world.pluginFolder}.`);
  }

  async #models(): Promise<readonly [string, string]> {
    const { model, otherModel } = this.#options;
    if (model !== undefined && otherModel !== undefined) return [model, otherModel];
    const offered = await this.#litellm.twoModels();
    const first = model ?? offered.find((name) => name !== otherModel) ?? offered[0];
    return [first, otherModel ?? offered.find((name) => name !== first) ?? offered[1]];
  }

  async #renew({ id, key }: Lease): Promise<void> {
    terminal.note('\nA renewal of the lease moves the end that LiteLLM has noted for the key:');
    const before = await this.#expires(key);
    await this.#sh(`bao lease renew -increment=2h ${id}`);
    const after = await this.#expires(key);
    if (after <= before) throw new WalkError(`LiteLLM's end of the key stayed ${before}`);
    terminal.seen(`LiteLLM's end of the key: ${after}, before ${before}`);
  }

  async #letDie(model: string): Promise<void> {
    terminal.heading('Nobody revokes anything: a lease runs out, and its key dies with it');
    await this.#sh(`bao write ${mount}/roles/short-lived models=${quoted(model)} ttl=5s max_ttl=10s`);
    const { key } = await this.#read('short-lived');
    this.#command(`KEY=${shortened(key)}`);
    await this.#chat(key, model, 200, 'the key works');
    terminal.note('\nWaiting for the end of the lease …');
    await this.#untilRefused(key, model);
    await this.#chat(key, model, 401, 'the key is refused');
  }

  #command(line: string): void {
    this.#options.signal.throwIfAborted();
    terminal.command(line);
  }

  /** Runs just the line that is printed. */
  async #sh(line: string): Promise<void> {
    this.#command(line);
    const { code, text } = await this.#execute(line, '2>&1');
    terminal.output(text);
    if (code !== 0) throw new WalkError(`that ended with ${code}`);
  }

  /** Reads a key: as JSON, to know it, and printed as the table that the same command gives a person. */
  async #read(role: string): Promise<Lease> {
    const line = `bao read ${mount}/creds/${role}`;
    this.#command(line);
    const { code, text } = await this.#execute(line, '2>&1');
    terminal.output(text);
    const cell = (name: string): string => new RegExp(`^${name} +(\\S+)$`, 'm').exec(text)?.[1] ?? '';
    const lease = { id: cell('lease_id'), key: cell('key') };
    if (code !== 0 || lease.id === '' || lease.key === '')
      throw new WalkError(`that gave no key and ended with ${code}`);
    return lease;
  }

  async #execute(line: string, redirection: string): Promise<{ readonly code: number; readonly text: string }> {
    const child = Bun.spawn(['/bin/sh', '-c', `{ ${line}\n} ${redirection}`], {
      cwd: this.#world.folder,
      env: this.#env,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
      signal: this.#options.signal,
      timeout: 60_000,
    });
    const [code, text] = await Promise.all([child.exited, child.stdout.text()]);
    this.#options.signal.throwIfAborted();
    return { code, text };
  }

  /** Calls a model, and shows the answer beside the line that would give it. */
  async #chat(key: string, model: string, expected: number, meaning: string): Promise<void> {
    const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
    this.#command(
      `curl -sS ${this.#world.litellmURL}/v1/chat/completions -H "Authorization: Bearer $KEY" \\\n` +
        `-H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`,
    );
    const { status, text } = await this.#litellm.chatAnswer(key, model);
    terminal.output(`${status}  ${summary(text)}`);
    if (status !== expected) throw new WalkError(`expected ${expected}: ${meaning}`);
    terminal.seen(meaning);
  }

  async #untilRefused(key: string, model: string): Promise<void> {
    const { signal } = this.#options;
    await until('the key is refused', 90, async () => (await this.#litellm.chat(key, model)) === 401, signal);
  }

  async #expires(key: string): Promise<string> {
    const hash = new Bun.CryptoHasher('sha256').update(key).digest('hex');
    const stored = (await this.#litellm.keysLike('team-a')).find(({ tokenId }) => tokenId === hash);
    return stored?.expires?.toISOString() ?? '';
  }
}

/** One word of a shell's command line. */
function quoted(word: string): string {
  return /^[\w.,:/=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** What a person wants to read of LiteLLM's answer. */
function summary(text: string): string {
  try {
    const answer = objectOf(JSON.parse(text) as Json);
    const [choice] = Array.isArray(answer['choices']) ? answer['choices'] : [];
    const said = objectOf(objectOf(choice)['message'])['content'] ?? objectOf(answer['error'])['message'];
    return textOf(said).slice(0, 160);
  } catch {
    return text.slice(0, 160);
  }
}
