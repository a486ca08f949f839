/** Ids of objects, by the prefix that says what they name. Shapes only: whether there is such an object is asked elsewhere. */
import { z } from 'zod';

const objectId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9A-Za-z]{1,40}$`), `must be an id that starts with ${prefix}_`);

export const DatasetId = objectId('ds');
export const ModelId = objectId('mdl');
export const CheckpointId = objectId('ckpt');
export const ModelOrCheckpointId = z
  .string()
  .regex(/^(mdl|ckpt)_[0-9A-Za-z]{1,40}$/, 'must be a model id (mdl_…) or a checkpoint id (ckpt_…)');
