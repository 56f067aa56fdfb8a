import { dirname } from 'node:path';
import { CommandLine } from '../harness/command-line.ts';
import { objectOf, textOf, type Json } from '../harness/engine-api.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import type { LiteLLM } from '../harness/litellm.ts';
import { pluginName } from '../harness/plugin.ts';
import { ReportedError } from '../harness/script.ts';
import { until } from '../harness/until.ts';
import { terminal } from './terminal.ts';

/** What was to be shown did not come about. */
export class WalkError extends ReportedError {
  override readonly name = 'WalkError';
}

/** What the walk goes through. */
export interface WalkOptions {
  /** An OpenBao with the plugin in its plugin folder, and no more. */
  readonly server: EngineServer;
  readonly litellm: LiteLLM;
  /** Of the plugin, in hex. */
  readonly sha256: string;
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
  readonly #options: WalkOptions;
  readonly #server: EngineServer;
  readonly #litellm: LiteLLM;
  readonly #cli: CommandLine;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#server = options.server;
    this.#litellm = options.litellm;
    this.#cli = new CommandLine(this.#server, { LITELLM_MASTER_KEY: this.#litellm.masterKey }, options.signal);
  }

  /** The lines that a terminal needs before any command. */
  exports(): readonly string[] {
    const { binary, address, rootToken } = this.#server;
    const shown = this.#litellm.standIn === undefined ? '…' : this.#litellm.masterKey;
    return [
      ...(Bun.which('bao') === binary ? [] : [`export PATH=${dirname(binary)}:$PATH`]),
      `export BAO_ADDR=${address} BAO_TOKEN=${rootToken}`,
      `export LITELLM_MASTER_KEY=${shown}`,
    ];
  }

  /** @throws WalkError, or the signal's reason */
  async run(): Promise<void> {
    const [first, second] = await this.#models();
    this.#prepare();
    await this.#sh(`bao plugin register -sha256=${this.#options.sha256} secret ${pluginName}`);

    terminal.heading('1. Enable the engine');
    await this.#sh(`bao secrets enable -path=litellm ${pluginName}`);

    terminal.heading('2. Configure the connection to LiteLLM');
    await this.#sh(`bao write litellm/config base_url=${this.#litellm.url} master_key=$LITELLM_MASTER_KEY`);

    terminal.heading('3. Define a role: which models, how much budget, how long');
    await this.#sh(`bao write litellm/roles/team-a models=${quoted(first)} max_budget=50 ttl=1h max_ttl=24h`);

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
    terminal.note(`\nThe plugin lies in OpenBao's plugin folder, ${this.#server.pluginFolder}.`);
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
    await this.#sh(`bao write litellm/roles/short-lived models=${quoted(model)} ttl=5s max_ttl=10s`);
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

  async #sh(line: string): Promise<void> {
    const { code } = await this.#execute(line);
    if (code !== 0) throw new WalkError(`that ended with ${code}`);
  }

  /** Reads a key, and takes it from the table as a person would. */
  async #read(role: string): Promise<Lease> {
    const { code, text } = await this.#execute(`bao read litellm/creds/${role}`);
    const cell = (name: string): string => new RegExp(`^${name} +(\\S+)$`, 'm').exec(text)?.[1] ?? '';
    const lease = { id: cell('lease_id'), key: cell('key') };
    if (code !== 0 || lease.id === '' || lease.key === '')
      throw new WalkError(`that gave no key and ended with ${code}`);
    return lease;
  }

  /** Runs just the line that is printed; in place of the shell, so that the signal ends it. */
  async #execute(line: string): Promise<{ readonly code: number; readonly text: string }> {
    this.#command(line);
    const { code, stdout: text } = await this.#cli.shell(`exec ${line} 2>&1`);
    terminal.output(text);
    return { code, text };
  }

  /** Calls a model, and shows the answer beside the line that would give it. */
  async #chat(key: string, model: string, expected: number, meaning: string): Promise<void> {
    const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
    this.#command(
      `curl -sS ${this.#litellm.url}/v1/chat/completions -H "Authorization: Bearer $KEY" \\\n` +
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
