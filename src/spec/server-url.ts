/** The address of a server of a user's. What may be asked there is for the guard over addresses to say. */
import { z } from 'zod';

export const ServerUrl = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: 'must be a whole address that begins with http:// or https://, such as https://example.com/path',
  })
  .max(2000)
  .refine(
    (text) => new URL(text).username === '' && new URL(text).password === '',
    'must not hold a password: name a secret',
  );
