/** `bough trajectories …` */
import type { Command } from 'commander-14';
import { styleText } from 'node:util';
import { unwrap } from '../../openapi/client.js';
import { UsageError } from '../exit-code.js';
import type { Host } from '../host.js';
import { trajectoryLines, treeLines, type Paint, type Score, type Tree } from '../tree-text.js';
import type { Session } from '../session.js';
import { example } from './example.js';

export function addTrajectories(program: Command, { act, output }: Host): void {
  const trajectories = program.command('trajectories').description('What agents did.');
  const paint: Paint = output.isTTY ? (text, colour) => styleText(colour, text) : (text) => text;

  example(
    trajectories
      .command('show')
      .description('A rollout tree as text, with its forks and rewards; or one trajectory of it, whole.')
      .argument('<id>', 'tree_…, trj_…, or run_… for the trees of one of its steps')
      .option('--step <n>', 'which step of the run')
      .action(
        act(async (session, id: string, { step }: { step?: string }) => {
          const { bough, print, signal } = session;
          if (id.startsWith('trj_')) {
            const one = unwrap(await bough.api.GET('/v1/trajectories/{id}', { params: { path: { id } }, signal }));
            return print(one, () => trajectoryLines(one, paint));
          }
          if (!id.startsWith('tree_') && !id.startsWith('run_')) {
            throw new UsageError(`${id} is no tree, no trajectory and no run: give tree_…, trj_… or run_…`);
          }
          const ids = id.startsWith('tree_') ? [id] : await treesOf(session, id, step);
          const trees = await Promise.all(ids.map((tree) => readTree(session, tree)));
          return print(id.startsWith('tree_') ? trees[0]?.tree : trees.map(({ tree }) => tree), () =>
            trees.flatMap(({ tree, scores }) => [
              `${tree.id}  step ${tree.step}, example ${tree.example}`,
              ...treeLines(tree, scores, paint),
              '',
            ]),
          );
        }),
      ),
    'bough trajectories show run_01m8ejwt6keverabxpe2gs25vc --step 3',
    'bough trajectories show tree_01m8ejwxdjeqd8qm51heh5c0vs',
  );
}

async function treesOf({ bough, signal }: Session, id: string, step: string | undefined): Promise<string[]> {
  if (step === undefined || !/^\d+$/.test(step))
    throw new UsageError('Of a run, --step says which step: give its number');
  const query = { step: Number(step), limit: 100 };
  const { data } = unwrap(await bough.api.GET('/v1/runs/{id}/trees', { params: { path: { id }, query }, signal }));
  if (data.length === 0) throw new UsageError(`Nothing is stored of step ${step} of ${id}`);
  return data.map((tree) => tree.id);
}

async function readTree({ bough, signal }: Session, id: string): Promise<{ tree: Tree; scores: Score[] }> {
  const tree = unwrap(await bough.api.GET('/v1/trees/{id}', { params: { path: { id } }, signal }));
  const scores = await Promise.all(
    tree.trajectories.map(async (one) =>
      unwrap(await bough.api.GET('/v1/trajectories/{id}', { params: { path: { id: one.id } }, signal })),
    ),
  );
  return { tree, scores };
}
