import { EngineServer, type EngineOptions } from './engine-server.ts';
import { objectOf } from './engine-api.ts';
import { placePlugin, registerPlugin } from './plugin.ts';
import { until } from './until.ts';

/** Several servers of one engine on loopback that keep their storage in common by raft: one is active, the others stand by. */
export class RaftCluster {
  readonly nodes: readonly EngineServer[];

  private constructor(nodes: readonly EngineServer[]) {
    this.nodes = nodes;
  }

  /** Starts `count` servers and waits until each could become the active one. @throws EngineEndedError, DeadlineError */
  static async start(options: Pick<EngineOptions, 'engine' | 'env' | 'signal'>, count = 3): Promise<RaftCluster> {
    const nodes: EngineServer[] = [];
    const cluster = new RaftCluster(nodes);
    try {
      const first = await EngineServer.start({ ...options, storage: 'raft' });
      nodes.push(first);
      // A server that joins votes once it was stable for ten seconds, unless something else is said.
      await first.api('POST', 'sys/storage/raft/autopilot/configuration', { server_stabilization_time: '1s' });
      while (nodes.length < count) nodes.push(await EngineServer.start({ ...options, storage: 'raft', join: first }));
      await until(`${count} servers vote`, 60, async () => (await cluster.#voters()) === count);
      return cluster;
    } catch (error) {
      await cluster.stop().catch(() => undefined);
      throw error;
    }
  }

  /** The server that is active now; waits for one. @throws DeadlineError */
  async active(): Promise<EngineServer> {
    return await until('a server is active', 30, () => this.#active());
  }

  /** The servers that are not active now. @throws DeadlineError */
  async standbys(): Promise<readonly EngineServer[]> {
    const active = await this.active();
    return this.nodes.filter((node) => node !== active);
  }

  /** Lets the active server step down; gives the one that takes requests in its place. @throws DeadlineError */
  async stepDown(): Promise<EngineServer> {
    const former = await this.active();
    await former.api('PUT', 'sys/step-down');
    return await until('another server is active', 60, async () => {
      const active = await this.#active();
      return active !== former && active;
    });
  }

  /** Unseals a server that was sealed, and waits until it is active or stands by. @throws DeadlineError */
  async unseal(node: EngineServer): Promise<void> {
    await until('the server is unsealed', 60, async () => {
      const { body } = await node.api('GET', 'sys/seal-status');
      if (body['sealed'] !== false) await node.enterKey();
      return (await node.api('GET', 'sys/health?standbyok=true&perfstandbyok=true')).status === 200;
    });
  }

  /** Puts the plugin into the folder of every server and enters it in their catalogue, once. @throws PluginError */
  async registerPlugin(): Promise<void> {
    for (const standby of await this.standbys()) await placePlugin(standby);
    await registerPlugin(await this.active());
  }

  /** Ends all servers and removes their folders. @throws LeftBehindError where a plugin outlived its server. */
  async stop(): Promise<void> {
    const ends = await Promise.allSettled(this.nodes.map((node) => node.stop()));
    const [failure] = ends.filter((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #active(): Promise<EngineServer | undefined> {
    for (const node of this.nodes) {
      const { status } = await node.api('GET', 'sys/health').catch(() => ({ status: 0 }));
      if (status === 200) return node;
    }
    return undefined;
  }

  async #voters(): Promise<number> {
    const { data } = await (await this.active()).api('GET', 'sys/storage/raft/configuration');
    const servers = objectOf(data['config'])['servers'];
    return Array.isArray(servers) ? servers.filter((server) => objectOf(server)['voter'] === true).length : 0;
  }
}
