/** Signs what is sent to a user's server, as https://www.standardwebhooks.com says, so that its libraries can verify it. */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`: HMAC-SHA256 over `id.timestamp.body`, in base64.
 * @param secret bytes in base64 after `whsec_`, or any other text as it is
 * @param id the same when the same thing is sent again
 */
export function signatureHeaders(secret: string, id: string, body: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
