/** `npm run example:agent`. */
import { unwrap } from 'bough/client';
import { readArguments } from '../support/arguments.js';
import { runCommand } from '../support/command.js';
import { withService } from '../support/service.js';
import { trainAgent } from './train-agent.js';

const usage = `Usage: npm run example:agent

Trains an agent that knows nothing of Bough: a script that talks with a model through OpenAI's client. A minute or two on two cores.

  --help         show this`;

const sums = Array.from({ length: 20 }, (_, i) => ({ question: `${i} + ${i}`, answer: String(2 * i) }));

await runCommand({
  usage,
  parseOptions: (args) => (readArguments(args, { help: { type: 'boolean' } }, usage).help ? null : {}),
  run: (_, screen, signal) =>
    withService({ name: 'external-agent' }, screen, signal, {
      play: async (client) => {
        const { bough } = client;
        const upload = async (kind: 'rl' | 'sft', rows: readonly object[]) => {
          const { id } = await bough.uploadDataset(new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]), {
            kind,
          });
          return (await bough.waitForDataset(id)).id;
        };
        const texts = sums.map(({ question, answer }) => ({ prompt: question, completion: `${answer} is sure` }));
        const source = {
          type: 'random' as const,
          architecture: { layers: 2, hidden_size: 32, heads: 4, ffn_size: 64, max_positions: 256 },
          tokenizer: { train: { dataset: await upload('sft', texts), vocab_size: 300 } },
        };
        const { id } = unwrap(await bough.api.POST('/v1/models', { body: { source } }));
        const { id: model } = await bough.waitForModel(id);
        return trainAgent(client, { model, dataset: await upload('rl', sums) }, { steps: 12, atOnce: 4 });
      },
      conclude: ({ rewards }) => {
        const share = (reward: number | undefined) => `${Math.round(100 * (reward ?? 0))}%`;
        screen.say(
          `What can be read of its answers: ${share(rewards[0])} in the first step, ${share(rewards.at(-1))} in the last`,
        );
        return Promise.resolve();
      },
    }),
});
