/** Which workers count as online: those that were heard from a short while ago. */

/** Without a heartbeat for this long a worker counts as offline. */
export const WORKER_SILENCE_MS = 60_000;

/** The same as an SQL condition on a row of `workers`. */
export const WORKER_IS_ONLINE = `last_heartbeat_at > clock_timestamp() - interval '${WORKER_SILENCE_MS} milliseconds'`;
