/** Eight streams of one model at once, against one alone. */
import { createBough, unwrap, type Bough } from 'bough/client';
import { compared } from '../harness/comparison.js';
import type { ServiceBenchmark } from './benchmark.js';
import type { MeasuredService } from './service.js';

const STREAMS = 8;
const TOKENS = 64;
const ARCHITECTURE = { layers: 8, hidden_size: 384, heads: 6, ffn_size: 1024 };

export const chat: ServiceBenchmark = {
  title: 'Chat completions, streamed',
  how: `Tokens a second of ${STREAMS} streams of one model at once, together, against one stream alone: ${TOKENS} tokens each, of a model of ${ARCHITECTURE.layers} layers of ${ARCHITECTURE.hidden_size} with random weights.`,
  rounds: 8,
  run: async (service, { rounds, say }) => {
    say('making a model');
    const model = await makeModel(createBough({ baseUrl: service.bough.url, apiKey: service.bough.apiKey }));
    const together: number[] = [];
    const alone: number[] = [];
    for (let round = -2; round < rounds; round++) {
      const [eight, one] = [await tokensPerSecond(service, model, STREAMS), await tokensPerSecond(service, model, 1)];
      if (round < 0) continue;
      together.push(eight);
      alone.push(one);
    }
    return [
      compared({ what: 'written in all', unit: 'tokens/s', better: 'higher' }, [
        { name: `${STREAMS} streams`, samples: together },
        { name: 'one stream', samples: alone },
      ]),
    ];
  },
};

async function makeModel(bough: Bough): Promise<string> {
  const rows = Array.from({ length: 64 }, (_, i) =>
    JSON.stringify({ question: `What is ${i} + ${i}?`, answer: `${2 * i}` }),
  );
  const { id: dataset } = await bough.uploadDataset(new Blob([rows.join('\n')]), { kind: 'rl', name: 'sums' });
  await bough.waitForDataset(dataset);
  const source = {
    type: 'random',
    architecture: ARCHITECTURE,
    tokenizer: { train: { dataset, vocab_size: 400 } },
  } as const;
  const { id } = unwrap(await bough.api.POST('/v1/models', { body: { source } }));
  await bough.waitForModel(id);
  return id;
}

async function tokensPerSecond(service: MeasuredService, model: string, streams: number): Promise<number> {
  const from = performance.now();
  const counts = await Promise.all(Array.from({ length: streams }, (_, seed) => tokensOf(service, model, seed)));
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - from) / 1000);
}

async function tokensOf({ bough, headers }: MeasuredService, model: string, seed: number): Promise<number> {
  const messages = [{ role: 'user', content: 'What is 3 + 4?' }];
  const options = { stream: true, stream_options: { include_usage: true }, max_tokens: TOKENS, seed };
  const answer = await fetch(`${bough.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, ...options }),
  });
  const text = await answer.text();
  const [, tokens] = /"completion_tokens":(\d+)/.exec(text) ?? [];
  if (tokens === undefined) throw new Error(`a chat was answered with ${answer.status}: ${text.slice(0, 500)}`);
  return Number(tokens);
}
