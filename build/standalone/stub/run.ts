/** Runs a command in the stub's folder; one that does not end well is an Error. */
export async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], {
    cwd: import.meta.dir,
    env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  const code = await child.exited;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
}
