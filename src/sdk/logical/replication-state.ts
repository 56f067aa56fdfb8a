/**
 * The bits of a node's replication state. OpenBao has Vault's numbers, and calls its standbys that serve reads
 * performance standbys. Go: `consts.ReplicationState`.
 */
export const replicationState = {
  performancePrimary: 1 << 5,
  performanceSecondary: 1 << 6,
  drPrimary: 1 << 8,
  drSecondary: 1 << 9,
  performanceStandby: 1 << 14,
} as const;

/** Tells whether a state has a bit of {@link replicationState}. Go: `ReplicationState.HasState`. */
export function hasReplicationState(state: number, bit: number): boolean {
  return (state & bit) !== 0;
}
