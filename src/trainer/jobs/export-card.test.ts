import { expect, test } from 'vitest';
import type { ExportModelJob } from '../../protocol/messages.js';
import { exportCard } from './export-card.js';

const job = (rest: Partial<ExportModelJob> = {}): ExportModelJob => ({
  kind: 'export_model',
  export_id: 'exp_1',
  model_directory: '/tmp/model',
  format: 'huggingface',
  dtype: 'bfloat16',
  origin: { model: 'mdl_1', name: 'my model', base_model: null, service_version: '0.1.0' },
  output_directory: '/tmp/output',
  threads: 1,
  ...rest,
});

test('a model without a card gets a short one', () => {
  expect(exportCard(null, job())).toBe(`---
pipeline_tag: text-generation
tags:
  - bough
library_name: transformers
---

# my model

\`mdl_1\` of Bough.

## This export

\`mdl_1\` as transformers loads it, weights in bfloat16, written by Bough 0.1.0.

\`\`\`python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained(".", dtype="auto")
tokenizer = AutoTokenizer.from_pretrained(".")
\`\`\`
`);
});

test('a card that is there stays, but for the library that loads the export', () => {
  const card = '---\nlicense: apache-2.0\nlibrary_name: transformers\ntags:\n  - arpo\n---\n# Run\n\n---\nText.\n';
  const exported = exportCard(card, job({ format: 'peft' }));
  expect(exported).toContain(
    '---\nlicense: apache-2.0\ntags:\n  - arpo\nlibrary_name: peft\n---\n# Run\n\n---\nText.\n\n## This',
  );
});

test('a card without front matter gets one', () => {
  expect(exportCard('# Mine\n', job())).toMatch(/^---\nlibrary_name: transformers\n---\n# Mine\n/);
});

test('how to load it names the base model and the type of the weights', () => {
  const origin = { ...job().origin, base_model: 'org/base' };
  expect(exportCard(null, job({ format: 'peft', origin }))).toContain('from_pretrained("org/base")');
  expect(exportCard(null, job({ origin }))).toContain('base_model: "org/base"\n');
  expect(exportCard(null, job({ format: 'onnx', dtype: 'float16' }))).toContain('dtype: "fp16"');
});

test('an adapter whose base model is in no repository says what to put there', () => {
  const origin = { ...job().origin, base_model: 'org/first' };
  const card = exportCard(null, job({ format: 'peft', origin }), false);
  expect(card).toContain('AutoModelForCausalLM.from_pretrained("../base-model")');
  expect(card).toContain('export what the run started from as `huggingface`, and unpack it at `../base-model`');
});
