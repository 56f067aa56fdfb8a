/**
 * Work on LiteLLM's keys besides issuing them belongs to the node that issues them: a standby may not reach LiteLLM,
 * and the state of background work is in that node's memory.
 */
export const onIssuingNode = { forwardPerformanceStandby: true, forwardPerformanceSecondary: true } as const;
