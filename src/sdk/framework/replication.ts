import { hasReplicationState, replicationState } from '../logical/replication-state.ts';
import type { SystemView } from '../logical/system-view.ts';
import type { PathOperation } from './path.ts';

/** What an operation says about nodes that must not run it. */
export type ForwardFlags = Pick<PathOperation, 'forwardPerformanceStandby' | 'forwardPerformanceSecondary'>;

/**
 * Tells whether this node must leave an operation to another. Asks the host at the first operation with a flag, and
 * then not again: a node's state and a mount's place do not change while the backend lives. A question that failed is
 * asked again.
 */
export function createForwarding(system: Pick<SystemView, 'replicationState' | 'localMount'>) {
  const state = once(async () => await system.replicationState());
  const local = once(async () => await system.localMount());
  return async (flags: ForwardFlags): Promise<boolean> => {
    const { forwardPerformanceStandby: standby = false, forwardPerformanceSecondary: secondary = false } = flags;
    if (standby && hasReplicationState(await state(), replicationState.performanceStandby)) return true;
    return secondary && hasReplicationState(await state(), replicationState.performanceSecondary) && !(await local());
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return async () => {
    const current = (answer ??= ask());
    try {
      return await current;
    } catch (error) {
      if (answer === current) answer = undefined;
      throw error;
    }
  };
}
