/** What stands in the first line of a request between its method and its version. Routes nothing. */
import type { IncomingMessage, Server } from 'node:http';

/** Scheme and host of a target as proxies get it. */
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * A server takes a target in the absolute form too (RFC 9112, section 3.2.2): `http://host/path` is `/path` here. Before Express, which fails on a
 * host that is none.
 */
export function takeAbsoluteTargets(server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const [authority] = AUTHORITY.exec(request.url ?? '') ?? [];
    if (authority === undefined) return;
    const rest = (request.url ?? '').slice(authority.length);
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  });
}
