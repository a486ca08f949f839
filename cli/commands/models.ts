/** `bough models …` */
import type { Command } from 'commander-14';
import { existsSync } from 'node:fs';
import { unwrap } from '../../openapi/client.js';
import type { Host } from '../host.js';
import { count } from '../terminal/figures.js';
import { table } from '../terminal/table.js';
import { example } from './example.js';
import { uploading } from './uploading.js';

interface ImportOptions {
  readonly revision: string;
  readonly name?: string;
  readonly wait: boolean;
}

export function addModels(program: Command, { act }: Host): void {
  const models = program.command('models').description('What a run may start from.');

  example(
    models
      .command('import')
      .description('Takes a model from a directory or an archive of this machine, or from the Hugging Face Hub.')
      .argument('<source>', 'a path, or owner/name of a repository')
      .option('--revision <revision>', 'branch, tag or commit of the repository', 'main')
      .option('--name <name>', 'its name')
      .option('--no-wait', 'do not wait until it is ready')
      .action(
        act(async ({ bough, print, screen, signal }, source: string, { revision, name, wait }: ImportOptions) => {
          const named = name === undefined ? {} : { name };
          screen.live(`Bringing ${source}`);
          const posted = existsSync(source)
            ? await bough.uploadModel(source, { ...named, signal, onProgress: uploading(screen, source) })
            : unwrap(
                await bough.api.POST('/v1/models', {
                  body: { ...named, source: { type: 'huggingface', repo: source, revision } },
                  signal,
                }),
              );
          const onUpdate = ({ progress, waiting_for: waitingFor }: typeof posted) => {
            if (waitingFor !== null) screen.live(`${source}: ${waitingFor}`);
            else if (progress?.total_bytes)
              screen.live(`${source}: ${Math.floor((100 * progress.bytes) / progress.total_bytes)}%`);
          };
          const model = wait ? await bough.waitForModel(posted.id, { signal, onUpdate }) : posted;
          print(model, () => [
            `${model.id}  ${model.name}: ${model.status}`,
            ...(model.parameters === null ? [] : [`${count(model.parameters)} parameters, ${model.dtype ?? ''}`]),
            ...model.warnings.map((warning) => `  ${warning}`),
          ]);
        }),
      ),
    'bough models import HuggingFaceTB/SmolLM2-135M-Instruct',
    'bough models import ./smollm2 --name smollm2',
  );

  example(
    models
      .command('list')
      .description('The newest first.')
      .action(
        act(async ({ bough, print, signal }) => {
          const list = unwrap(await bough.api.GET('/v1/models', { params: { query: { limit: 100 } }, signal }));
          print(list, () =>
            table(
              ['ID', 'NAME', 'STATUS', 'PARAMETERS'],
              list.data.map((one) => [
                one.id,
                one.name,
                one.status,
                one.parameters === null ? '–' : count(one.parameters),
              ]),
            ),
          );
        }),
      ),
    'bough models list',
  );
}
