/** What the agents are trained and evaluated on. */
import { recipe, type Recipe } from '../../examples/quickstart/recipe.js';
import { makeTask, type QuickstartTask } from '../../examples/quickstart/task/quickstart-task.js';
import { corpusFile, lessonsFile, questionsFile, textsFile } from '../../examples/quickstart/task/rows.js';
import { jsonLines } from '../../examples/support/json-lines.js';
import type { Files, StudyTask } from '../study/task.js';
import { makeTotals } from './totals/make-totals.js';

interface ToolCallsTask extends StudyTask {
  /** How many the study needs. */
  readonly seeds: number;
}

export const taskNames = ['3-call', '5-call'] as const;
export type TaskName = (typeof taskNames)[number];

const limits = { max_response_tokens: 320, tool_call_limit: 6 };

/** The quickstart's, with room for twice as long a trajectory. */
const totalsRecipe: Recipe = {
  ...recipe,
  curriculum: { ...recipe.curriculum, rowLength: 256 },
  coldStart: { ...recipe.coldStart, training: { ...recipe.coldStart.training, max_length: 256 } },
  policy: { ...recipe.policy, rollout: { ...recipe.policy.rollout, ...limits } },
  evaluation: { greedy: { temperature: 0, ...limits }, sampled: { temperature: 1, ...limits } },
};

export const tasks: { readonly [Name in TaskName]: ToolCallsTask } = {
  '3-call': {
    title: 'The quickstart’s task, at most 3 calls',
    seeds: 5,
    recipe,
    make: (seed) => {
      const task = makeTask(seed, recipe.curriculum);
      return { ...sharedFiles(task), questions: questionsFile(task.train), heldOut: questionsFile(task.heldOut) };
    },
  },
  '5-call': {
    title: 'The total area of four countries, 5 calls',
    seeds: 3,
    recipe: totalsRecipe,
    make: (seed) => {
      const task = makeTotals(seed, totalsRecipe.curriculum);
      return { ...sharedFiles(task), questions: jsonLines(task.train), heldOut: jsonLines(task.heldOut) };
    },
  },
};

function sharedFiles({
  tokenizerTexts,
  corpus,
  lessons,
}: Pick<QuickstartTask, 'tokenizerTexts' | 'corpus' | 'lessons'>): Pick<Files, 'texts' | 'corpus' | 'lessons'> {
  return { texts: textsFile(tokenizerTexts), corpus: corpusFile(corpus), lessons: lessonsFile(lessons) };
}
