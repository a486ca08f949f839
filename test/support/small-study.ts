/** The task of a study at the smallest size that everything of it still happens at. */
import type { StudyTask } from '../../bench/study/task.js';
import { recipe } from '../../examples/quickstart/recipe.js';
import { fullCurriculum } from '../../examples/quickstart/task/curriculum.js';
import { makeTask } from '../../examples/quickstart/task/quickstart-task.js';
import { corpusFile, lessonsFile, questionsFile, textsFile } from '../../examples/quickstart/task/rows.js';

const curriculum = { ...fullCurriculum, steps: 2 };
const limits = { max_response_tokens: 24, tool_call_limit: 1 };

export const smallTask: StudyTask = {
  title: 'small',
  recipe: {
    ...recipe,
    model: { ...recipe.model, architecture: { layers: 1, hidden_size: 16, heads: 2, ffn_size: 16 } },
    coldStart: { ...recipe.coldStart, training: { ...recipe.coldStart.training, steps: 2 } },
    policy: {
      ...recipe.policy,
      rollout: { group_size: 4, ...limits },
      training: { prompts_per_step: 2, mini_batch_prompts: 2 },
    },
    evaluation: { ...recipe.evaluation, sampled: { temperature: 1, ...limits } },
  },
  make: (seed) => {
    const task = makeTask(seed, curriculum);
    return {
      texts: textsFile(task.tokenizerTexts),
      corpus: corpusFile(task.corpus),
      questions: questionsFile(task.train),
      heldOut: questionsFile(task.heldOut.slice(0, 4)),
      lessons: lessonsFile(task.lessons),
    };
  },
};
