/** `bough datasets …` */
import { Option, type Command } from 'commander-14';
import { existsSync } from 'node:fs';
import { unwrap, type Dataset } from '../../openapi/client.js';
import { UsageError } from '../exit-code.js';
import type { Host } from '../host.js';
import { count } from '../terminal/figures.js';
import { table } from '../terminal/table.js';
import { example } from './example.js';
import { uploading } from './uploading.js';

interface UploadOptions {
  readonly kind: Dataset['kind'];
  readonly name?: string;
  readonly wait: boolean;
}

export function addDatasets(program: Command, { act }: Host): void {
  const datasets = program.command('datasets').description('Files of questions, demonstrations, preferences or texts.');

  example(
    datasets
      .command('upload')
      .description('Uploads a file and waits until its rows have been read.')
      .argument('<file>', 'JSON Lines or a JSON array, plain or gzipped')
      .addOption(
        new Option('--kind <kind>', 'what the rows are')
          .choices(['rl', 'sft', 'preference', 'corpus'])
          .makeOptionMandatory(),
      )
      .option('--name <name>', 'its name; by default that of the file')
      .option('--no-wait', 'do not wait until it is ready')
      .action(
        act(async ({ bough, print, screen, signal }, file: string, { kind, name, wait }: UploadOptions) => {
          if (!existsSync(file)) throw new UsageError(`There is no file ${file}`);
          const onProgress = uploading(screen, file);
          const named = name === undefined ? {} : { name };
          const uploaded = await bough.uploadDataset(file, { kind, signal, onProgress, ...named });
          screen.live(`Reading the rows of ${uploaded.id}`);
          const onUpdate = ({ waiting_for: waitingFor }: typeof uploaded) => {
            if (waitingFor !== null) screen.live(`${uploaded.id}: ${waitingFor}`);
          };
          const dataset = wait ? await bough.waitForDataset(uploaded.id, { signal, onUpdate }) : uploaded;
          print(dataset, () => [
            `${dataset.id}  ${dataset.name}: ${dataset.status}`,
            ...(dataset.num_examples === null
              ? []
              : [`${count(dataset.num_examples)} rows, ${count(dataset.num_rejected ?? 0)} rejected`]),
            ...dataset.rejected_rows.slice(0, 10).map(({ line, reason }) => `  line ${line}: ${reason}`),
          ]);
        }),
      ),
    'bough datasets upload questions.jsonl --kind rl',
  );

  example(
    datasets
      .command('list')
      .description('The newest first.')
      .action(
        act(async ({ bough, print, signal }) => {
          const list = unwrap(await bough.api.GET('/v1/datasets', { params: { query: { limit: 100 } }, signal }));
          print(list, () =>
            table(
              ['ID', 'NAME', 'KIND', 'STATUS', 'ROWS'],
              list.data.map((one) => [
                one.id,
                one.name,
                one.kind,
                one.status,
                one.num_examples === null ? '–' : count(one.num_examples),
              ]),
            ),
          );
        }),
      ),
    'bough datasets list',
  );
}
