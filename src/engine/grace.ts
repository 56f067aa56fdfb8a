/**
 * Seconds that LiteLLM lets a key live on after its lease. LiteLLM ends a key itself if all else fails; but each of
 * its instances keeps what it knows of a key for 60 s, so a renewal must reach them before the expiry that they know.
 */
export const graceSeconds = 90;
