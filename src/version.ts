/** Stamped in by the build; a run from source has no version of its own. */
declare const PLUGIN_VERSION: string | undefined;

/** The version of this plugin, semantic and with a leading `v`, as engines want it at registration. */
export const version = typeof PLUGIN_VERSION === 'string' ? PLUGIN_VERSION : 'v0.0.0-dev';
