/** What random draws are made from; 32 bits. */
import { z } from 'zod';

export const Seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
