import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineServer } from '../harness/engine-server.ts';
import { ProcessGroup } from '../harness/process-group.ts';

/** An engine's own agent, which keeps a file with a key of a role up to date. Dispose of it. */
export interface Agent extends AsyncDisposable {
  /** The key in the file; undefined while there is none. */
  key(): Promise<string | undefined>;
  /** What the agent has logged. */
  log(): Promise<string>;
}

/** Starts one that has a token and a template, and renews the lease of what the template reads. */
export async function startAgent(server: EngineServer, token: string, creds: string): Promise<Agent> {
  const folder = await mkdtemp(join(server.folder, 'agent-'));
  const at = (name: string): string => join(folder, name);
  await Bun.write(at('token'), token, { mode: 0o600 });
  await Bun.write(
    at('agent.hcl'),
    `vault { address = "${server.address}" }
auto_auth {
  method {
    type = "token_file"
    config = { token_file_path = "${at('token')}" }
  }
}
template {
  contents    = "{{ with secret \\"${creds}\\" }}{{ .Data.key }}{{ end }}"
  destination = "${at('key')}"
}
`,
  );
  // In full: in a container the program does not start in the folder.
  return runAgent(server, folder, [`-config=${at('agent.hcl')}`]);
}

/** Starts one in a folder, which goes with it, and which has the file `key`. The engine's address is in its environment. */
export function runAgent(server: EngineServer, folder: string, words: readonly string[]): Agent {
  const at = (name: string): string => join(folder, name);
  const group = new ProcessGroup({
    command: [server.binary, 'agent', ...words, '-log-level=debug'],
    folder,
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: folder,
      [`${server.engine.prefix}_ADDR`]: server.address,
    },
    logFile: at('agent.log'),
  });
  return {
    async key() {
      const text = await readFile(at('key'), 'utf8').catch(() => '');
      return text === '' ? undefined : text;
    },
    log: () => readFile(at('agent.log'), 'utf8'),
    async [Symbol.asyncDispose]() {
      try {
        await group.stop();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
