/** `bough runs …` */
import type { Command } from 'commander-14';
import { unwrap, type Run } from '../../openapi/client.js';
import { runLines } from '../run-lines.js';
import type { Host } from '../host.js';
import type { Session } from '../session.js';
import { readSpec } from '../spec-file.js';
import { clock, count } from '../terminal/figures.js';
import { table } from '../terminal/table.js';
import { watchRun } from '../watch-run.js';
import { example } from './example.js';

interface CreateOptions {
  readonly file: string;
  readonly set?: readonly string[];
  readonly watch?: boolean;
}

interface ListOptions {
  readonly status?: string;
  readonly limit: string;
}

const path = (id: string) => ({ params: { path: { id } } });

export function addRuns(program: Command, { act }: Host): void {
  const runs = program.command('runs').description('Trainings.');

  example(
    runs
      .command('create')
      .description('Starts a run.')
      .requiredOption('-f, --file <file>', 'its spec as YAML or JSON; - for the standard input')
      .option('--set <field=value>', 'changes a field of the spec; may be given again', collect)
      .option('--watch', 'follow it to its end, as `runs watch` does')
      .action(
        act(async (session, { file, set = [], watch }: CreateOptions) => {
          const { bough, print, screen, signal } = session;
          const run = unwrap(await bough.api.POST('/v1/runs', { body: readSpec(file, set), signal }));
          for (const warning of run.warnings) screen.say(`Warning: ${warning}`);
          if (watch !== true) return print(run, () => [`${run.id}  ${run.status}`]);
          screen.say(`${run.id}  ${session.url}/#/runs/${run.id}`);
          return watchRun(session, run.id);
        }),
      ),
    'bough runs create -f spec.yaml --set training.steps=50 --watch',
  );

  example(
    runs
      .command('watch')
      .description('Follows a run to its end: a live line in a terminal, plain lines in a pipe, events with --json.')
      .argument('<run>')
      .action(act((session, id: string) => watchRun(session, id))),
    'bough runs watch run_01m8ejwt6keverabxpe2gs25vc',
  );

  example(
    runs
      .command('list')
      .description('The newest first.')
      .option('--status <status>', 'only these states; several separated by commas')
      .option('--limit <n>', 'at most this many, up to 100', '20')
      .action(
        act(async ({ bough, print, signal }, { status, limit }: ListOptions) => {
          const states = status?.split(',') as Run['status'][] | undefined;
          const query = { limit: Number(limit), ...(states && { status: states }) };
          const list = unwrap(await bough.api.GET('/v1/runs', { params: { query }, signal }));
          print(list, () => runTable(list.data as Run[]));
        }),
      ),
    'bough runs list --status running,paused',
  );

  example(
    runs
      .command('show')
      .description('What a run is, how far it has come, and what it has cost.')
      .argument('<run>')
      .action(
        act(async ({ bough, print, signal }, id: string) => {
          const run = unwrap(await bough.api.GET('/v1/runs/{id}', { ...path(id), signal })) as Run;
          print(run, () => runLines(run));
        }),
      ),
    'bough runs show run_01m8ejwt6keverabxpe2gs25vc',
  );

  const post = {
    cancel: async ({ bough }: Session, id: string) => unwrap(await bough.api.POST('/v1/runs/{id}/cancel', path(id))),
    pause: async ({ bough }: Session, id: string) => unwrap(await bough.api.POST('/v1/runs/{id}/pause', path(id))),
    resume: async ({ bough }: Session, id: string) =>
      unwrap(await bough.api.POST('/v1/runs/{id}/resume', { ...path(id), body: {} })),
  };
  const words = {
    cancel: 'Ends a run for good; what it has made stays.',
    pause: 'Pauses a run after the step that is under way.',
    resume: 'Lets a paused run go on.',
  };
  for (const name of ['cancel', 'pause', 'resume'] as const) {
    example(
      runs
        .command(name)
        .description(words[name])
        .argument('<run>')
        .action(
          act(async (session, id: string) => {
            const run = await post[name](session, id);
            session.print(run, () => [`${run.id}  ${run.status}`]);
          }),
        ),
      `bough runs ${name} run_01m8ejwt6keverabxpe2gs25vc`,
    );
  }
}

const collect = (one: string, others: readonly string[] = []) => [...others, one];

function runTable(runs: readonly Run[]): string[] {
  return table(
    ['ID', 'NAME', 'METHOD', 'STATUS', 'STEP', 'REWARD', 'TIME'],
    runs.map(({ id, name, method, status, progress, latest_metrics: latest, usage }) => [
      id,
      name ?? '',
      method,
      status,
      `${count(progress.step)}/${progress.steps === null ? '…' : count(progress.steps)}`,
      latest['reward/mean']?.toFixed(2) ?? '',
      clock(usage.wall_time_s),
    ]),
  );
}
