import { expect, test } from 'vitest';
import { resolveRunSpec } from '../spec/run-spec.js';
import { neededCapabilities } from './capabilities.js';
import type { Job, TrainJob } from './messages.js';

test('a job of training needs its kind and its method, as does a preview of it; others need their kind', () => {
  const train = {
    kind: 'train',
    spec: resolveRunSpec({ method: 'gspo', model: 'mdl_1', dataset: 'ds_1' }),
  } as TrainJob;
  expect(neededCapabilities(train)).toEqual(['train', 'method:gspo']);
  expect(neededCapabilities({ kind: 'preview', preview_id: 'prv_1', run: train })).toEqual(['preview', 'method:gspo']);
  expect(neededCapabilities({ kind: 'check_model' } as Job)).toEqual(['check_model']);
});
