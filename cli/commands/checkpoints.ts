/** `bough checkpoints …` */
import type { Command } from 'commander-14';
import { unwrap } from '../../openapi/client.js';
import type { Host } from '../host.js';
import { count } from '../terminal/figures.js';
import { table } from '../terminal/table.js';
import { example } from './example.js';

export function addCheckpoints(program: Command, { act }: Host): void {
  const checkpoints = program.command('checkpoints').description('Weights that runs have written.');

  example(
    checkpoints
      .command('list')
      .description('Those of a run, the newest first.')
      .argument('<run>')
      .action(
        act(async ({ bough, print, signal }, id: string) => {
          const params = { path: { id }, query: { limit: 100 } };
          const list = unwrap(await bough.api.GET('/v1/runs/{id}/checkpoints', { params, signal }));
          print(list, () =>
            table(
              ['ID', 'STEP', 'KIND', 'BYTES'],
              list.data.map((one) => [
                one.id,
                `${one.step}${one.final ? ' (last)' : ''}`,
                one.kind,
                count(one.size_bytes),
              ]),
            ),
          );
        }),
      ),
    'bough checkpoints list run_01m8ejwt6keverabxpe2gs25vc',
  );

  example(
    checkpoints
      .command('download')
      .description('Writes the files of a checkpoint into a folder, each checked against its sha256.')
      .argument('<checkpoint>')
      .argument('<folder>', 'becomes a Hugging Face directory')
      .action(
        act(async ({ bough, print, screen }, id: string, folder: string) => {
          screen.live(`Downloading ${id}`);
          const files = await bough.saveCheckpoint(id, folder);
          print(files, () => files.map(({ path, sizeBytes }) => `${path}  ${count(sizeBytes)} bytes`));
        }),
      ),
    'bough checkpoints download ckpt_01m8ek17dyew3t589z7zxv2zy0 ./agent',
  );
}
