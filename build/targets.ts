/** A kind of machine that the plugin is built for, in Bun's words. */
export interface Target {
  readonly platform: 'linux' | 'darwin';
  readonly architecture: 'x64' | 'arm64';
}

/** Every kind of machine that a release has a file for. */
export const releaseTargets: readonly Target[] = [
  { platform: 'linux', architecture: 'x64' },
  { platform: 'linux', architecture: 'arm64' },
  { platform: 'darwin', architecture: 'x64' },
  { platform: 'darwin', architecture: 'arm64' },
];

/** How a target is called in the names of files, as in `linux-x64`. */
export const targetName = ({ platform, architecture }: Target): string => `${platform}-${architecture}`;
