import { resolve } from 'node:path';

/** The folder with start-litellm.sh and stop-litellm.sh, which LITELLM_SCRIPTS may name. */
export const litellmScripts = resolve(process.env['LITELLM_SCRIPTS'] ?? `${import.meta.dir}/../../../shared/litellm`);
