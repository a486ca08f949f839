/** What the API takes and answers about keys. */
import { z } from 'zod';
import { pageOf } from '../../http/answer/page.js';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { KEY_SCOPES } from '../../spec/enums.js';
import { withoutRepeats } from '../../spec/without-repeats.js';
import type { ApiKey } from '../../store/entities/api-key.entity.js';

const Scope = z.enum(KEY_SCOPES).meta({
  id: 'KeyScope',
  description:
    '`read`: every GET. `write`: everything else within the project. `admin`: its keys. `operator`: projects, and keys of any of them.',
});

/** The end of the year 9999. */
const MAX_EXPIRY = 253_402_300_799;

export const NewKey = z
  .strictObject({
    name: z.string().min(1).max(200),
    scopes: withoutRepeats(Scope, 'scope')
      .optional()
      .describe(
        'What it may do, and no more than the key that makes it. Absent: the same as that one, but for `operator`; of a key that an operator makes for a project, all within it.',
      ),
    expires_at: Seconds.min(0)
      .max(MAX_EXPIRY)
      .nullable()
      .optional()
      .describe('Unix time, seconds, in the future; null or absent: it does not expire.'),
  })
  .meta({ id: 'NewKey' });
export type NewKey = z.infer<typeof NewKey>;

export const KeyObject = z
  .object({
    id: z.string(),
    object: z.literal('key'),
    created_at: Seconds,
    name: z.string(),
    prefix: z.string().describe('The first characters of the key.'),
    scopes: z.array(Scope),
    last_used_at: Seconds.nullable().describe('To the minute.'),
    expires_at: Seconds.nullable(),
  })
  .meta({ id: 'Key' });
export type KeyObject = z.infer<typeof KeyObject>;

export const CreatedKeyObject = KeyObject.extend({
  key: z
    .string()
    .nullable()
    .describe(
      'The key itself. It is not stored: this answer is the only place to read it, and a replayed answer has null.',
    ),
}).meta({ id: 'CreatedKey' });
export type CreatedKeyObject = z.infer<typeof CreatedKeyObject>;

export const KeyList = pageOf(KeyObject, 'KeyList');

export function keyObject(key: ApiKey): KeyObject {
  return {
    id: key.id,
    object: 'key',
    created_at: seconds(key.createdAt),
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    last_used_at: seconds(key.lastUsedAt),
    expires_at: seconds(key.expiresAt),
  };
}
