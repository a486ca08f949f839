/** A Redis URL as ioredis options. Bull's own reading of URLs knows neither `rediss://` nor percent-encoded passwords. */
import type { RedisOptions } from 'ioredis';

/** @param url `redis://[user][:password@]host[:port][/db]`, or `rediss://…` for TLS. */
export function redisOptions(url: string): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    db: Number(pathname.slice(1) || 0),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
    retryStrategy: (times) => Math.min(times * 100, 2000),
  };
}
