/** Whether a text of a role is known in full only when a key is issued, since it holds what stands for the caller. */
export function isTemplate(text: string): boolean {
  return text.includes('{{');
}
