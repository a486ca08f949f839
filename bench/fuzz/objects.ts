/** An object of each kind that the API has, as small as they get, and their ids. */
import { unwrap, type Bough } from 'bough/client';

/** Kind as its path says it, and the ids of such objects. */
export type Ids = Readonly<Record<string, readonly string[]>>;

export async function createObjects(bough: Bough): Promise<Ids> {
  const rows = Array.from({ length: 8 }, (_, i) =>
    JSON.stringify({ question: `What is ${i} + 1?`, answer: `${i + 1}` }),
  );
  const { id: dataset } = await bough.uploadDataset(new Blob([rows.join('\n')]), { kind: 'rl', name: 'sums' });
  await bough.waitForDataset(dataset);
  const { id: texts } = await bough.uploadDataset(new Blob([JSON.stringify({ text: 'Lima is in Peru.' })]), {
    kind: 'corpus',
    name: 'texts',
  });
  await bough.waitForDataset(texts);
  const architecture = { layers: 1, hidden_size: 16, heads: 2, ffn_size: 32 };
  const source = { type: 'random', architecture, tokenizer: { train: { dataset, vocab_size: 300 } } } as const;
  const { id: model } = unwrap(await bough.api.POST('/v1/models', { body: { source } }));
  await bough.waitForModel(model);
  const rollout = { group_size: 2, max_response_tokens: 8 };
  const training = { steps: 1, prompts_per_step: 1 };
  const { id: run } = unwrap(
    await bough.api.POST('/v1/runs', { body: { method: 'grpo', model, dataset, rollout, training } }),
  );
  const { id: evaluation } = unwrap(await bough.api.POST('/v1/evaluations', { body: { model, dataset, limit: 1 } }));
  const { id: made } = unwrap(await bough.api.POST('/v1/exports', { body: { model, format: 'huggingface' } }));
  const { id: preview } = unwrap(
    await bough.api.POST('/v1/runs/preview', { body: { method: 'grpo', model, dataset, rollout, training } }),
  );
  const { id: secret } = unwrap(
    await bough.api.POST('/v1/secrets', { body: { name: 'weather', value: 'not shown by any answer' } }),
  );
  await bough.waitForRun(run);
  const path = { params: { path: { id: run } } };
  const idsOf = (page: { data: readonly { id: string }[] }) => page.data.slice(0, 1).map(({ id }) => id);
  return {
    datasets: [dataset, texts],
    models: [model],
    runs: [run],
    evaluations: [evaluation],
    exports: [made],
    previews: [preview],
    secrets: [secret],
    checkpoints: idsOf(unwrap(await bough.api.GET('/v1/runs/{id}/checkpoints', path))),
    trees: idsOf(unwrap(await bough.api.GET('/v1/runs/{id}/trees', path))),
    trajectories: idsOf(unwrap(await bough.api.GET('/v1/runs/{id}/trajectories', path))),
  };
}
