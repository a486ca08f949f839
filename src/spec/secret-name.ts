/** How a spec refers to a secret of its project. */
import { z } from 'zod';

export const SecretName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must have 1 to 64 letters, digits, dots, hyphens and underscores')
  .describe('Name of a secret of this project, posted to /v1/secrets.');
