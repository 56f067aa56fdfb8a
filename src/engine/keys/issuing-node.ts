/**
 * What is done with LiteLLM's keys beside issuing them belongs to the node that issues them: a standby may not reach
 * LiteLLM, and the state of what goes on in the background is in that node's memory.
 */
export const onIssuingNode = { forwardPerformanceStandby: true, forwardPerformanceSecondary: true } as const;
