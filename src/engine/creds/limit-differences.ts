import type { GeneratedKey } from '../../litellm/key.ts';
import type { RoleEntry } from '../roles/role-entry.ts';

/** Warnings of what LiteLLM's own settings made of a role. */
export function limitDifferences(role: RoleEntry, { models, maxBudget }: GeneratedKey): readonly string[] {
  const warnings: string[] = [];
  if (JSON.stringify(models.toSorted()) !== JSON.stringify(role.models.toSorted())) {
    warnings.push(
      `LiteLLM gave this key other models than its role names: ${list(models)} and not ${list(role.models)}`,
    );
  }
  const wanted = role.maxBudget > 0 ? role.maxBudget : undefined;
  if (maxBudget !== wanted) {
    warnings.push(
      `LiteLLM gave this key another max_budget than its role: ${budget(maxBudget)} and not ${budget(wanted)}`,
    );
  }
  return warnings;
}

function budget(value: number | undefined): string {
  if (value === undefined) return 'no limit';
  return value === 0 ? '0, which refuses every call,' : String(value);
}

function list(models: readonly string[]): string {
  const most = 10;
  if (models.length === 0) return 'all';
  return models.length <= most
    ? models.join(', ')
    : `${models.slice(0, most).join(', ')} and ${models.length - most} more`;
}
