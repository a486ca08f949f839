/** What the API takes and answers about secrets. No answer has a value. */
import { z } from 'zod';
import { pageOf } from '../../http/answer/page.js';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { SecretName } from '../../spec/secret-name.js';
import type { Secret } from '../../store/entities/secret.entity.js';

export const NewSecret = z
  .strictObject({
    name: SecretName.describe('By which specs refer to it.'),
    value: z
      .string()
      .min(8)
      .max(8192)
      .regex(/^[!-~]([ -~]*[!-~])?$/, 'must be printable ASCII without spaces or line ends around it')
      .describe('Kept encrypted. No answer shows it.'),
  })
  .meta({ id: 'NewSecret' });
export type NewSecret = z.infer<typeof NewSecret>;

export const SecretObject = z
  .object({
    id: z.string(),
    object: z.literal('secret'),
    name: z.string(),
    created_at: Seconds,
    updated_at: Seconds.describe('When it was given the value that it has.'),
  })
  .meta({ id: 'Secret' });
export type SecretObject = z.infer<typeof SecretObject>;

export const SecretList = pageOf(SecretObject, 'SecretList');

export function secretObject({ id, name, createdAt, updatedAt }: Secret): SecretObject {
  return { id, object: 'secret', name, created_at: seconds(createdAt), updated_at: seconds(updatedAt) };
}
