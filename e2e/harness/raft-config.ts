import { basename, join } from 'node:path';

/** What is said to a server on loopback that keeps its storage by raft, in its folder. */
export const raftConfig = (folder: string, port: number, clusterPort: number): object => ({
  api_addr: `http://127.0.0.1:${port}`,
  cluster_addr: `https://127.0.0.1:${clusterPort}`,
  listener: {
    tcp: { address: `127.0.0.1:${port}`, cluster_address: `127.0.0.1:${clusterPort}`, tls_disable: true },
  },
  // The least time to an election: what waits for a leader here waits no longer than it must.
  storage: { raft: { path: join(folder, 'data'), node_id: basename(folder), performance_multiplier: 1 } },
  // What a mount has stored can then be looked at.
  raw_storage_endpoint: true,
});
