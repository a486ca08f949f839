/** What users note of their objects. The service stores it, filters by it, and reads nothing into it. */
import { z } from 'zod';

export const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((m) => Object.keys(m).length <= 16, 'at most 16 pairs')
  .meta({ id: 'Metadata', description: 'Up to 16 pairs of strings of your own.', maxProperties: 16 });
