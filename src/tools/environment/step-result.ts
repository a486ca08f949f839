/** What a model is shown of a step, and how the step's reward is read out of that again. */

export interface Step {
  readonly observation: unknown;
  /** Null: the server gives none for this step. */
  readonly reward: number | null;
  /** Whether the episode has ended. */
  readonly done: boolean;
}

/** Its reward and its end come first, so that a result which is cut keeps them. */
export const shownStep = ({ reward, done, observation }: Step): string => JSON.stringify({ reward, done, observation });

/** Where a chat template writes results as JSON texts, the quotation marks are escaped. */
const HEAD = /\{\\?"reward\\?":(null|-?\d[\d.e+-]*),\\?"done\\?":(true|false),/;

/** Of a result as it stands in a response. The first one is the tool's own: what the observation says comes after it. Null: it is no step's. */
export function stepIn(result: string): Pick<Step, 'reward' | 'done'> | null {
  const head = HEAD.exec(result);
  return head && { reward: head[1] === 'null' ? null : Number(head[1]), done: head[2] === 'true' };
}
