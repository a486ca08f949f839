import { expect, test } from 'vitest';
import { resolveRunSpec } from '../spec/run-spec.js';
import { neededCapabilities, worldSizeIn } from './capabilities.js';
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

test.each([
  [['train', 'method:arpo'], 1],
  [['train', 'world_size:8', 'gpus:8'], 8],
  [['world_size:many'], 1],
])('a trainer that says %j places %d processes', (capabilities, processes) => {
  expect(worldSizeIn(capabilities)).toBe(processes);
});
