/** What the OpenAPI document says of each kind of dataset. A kind without a row does not compile. */
import { DATASET_KINDS, type DatasetKind } from '../../spec/enums.js';

interface KindText {
  /** What a row of an upload may have. */
  readonly rows: string;
  /** What an accepted row has. */
  readonly data: string;
}

const texts: { readonly [K in DatasetKind]: KindText } = {
  rl: {
    rows:
      'a `question` (or `prompt`, a text or messages, or `messages`) and an `answer` (or `answers`, `references`: one or several). ' +
      'An answer that is a number, `true` or `false` is taken as that text. Of verl’s rows it is `reward_model.ground_truth`, ' +
      'of GSM8K’s solutions what follows `####`, of MATH’s what is in the last box of `solution`; FlashRAG’s `golden_answers`, and `problem` for the question, are known too.',
    data: 'messages, question, references, metadata',
  },
  sft: {
    rows:
      '`messages` as OpenAI writes them, or `conversations` and `system` as ShareGPT does (`from` human, gpt, system, observation, function_call). ' +
      'Tool calls become the grammar of a run: `<name>text</name>` in the text of the assistant, where the text is the only argument, which must be a string: ' +
      '`{"query": "x"}` of `search` is `<search>x</search>`. Calls made together are taken apart, each before its result. ' +
      'A `reasoning_content` becomes `<think>…</think>` before the text. A message of `weight` 0 is shown and not learnt. ' +
      'Also a `prompt` and its `completion` (texts, or messages, of which those of the completion are learnt), an `instruction` with an `output` and perhaps an `input`, ' +
      'which comes below it after an empty line, or a `question` and its `answer`, each perhaps with a `system`: one turn of the user and one of the assistant.',
    data: 'messages, metadata',
  },
  preference: {
    rows:
      'a `prompt` (a text or messages, or `messages`, `question`, `instruction`) with `chosen` and `rejected`, each a text or messages, as TRL writes them; ' +
      'or `chosen` and `rejected` as whole conversations, of which what they begin with alike is the prompt, also as the transcripts of Anthropic’s HH; ' +
      'or `input`, `preferred_output` and `non_preferred_output` as OpenAI has them.',
    data: 'messages (the prompt), chosen, rejected, metadata',
  },
  corpus: {
    rows: 'a `text` and perhaps `id` and `title`, or `contents` whose first line is the title.',
    data: 'id, title, text',
  },
};

export const ROWS_BY_KIND = DATASET_KINDS.map((kind) => `- \`${kind}\`: ${texts[kind].rows}`).join('\n');
export const DATA_BY_KIND = `${DATASET_KINDS.map((kind) => `${kind}: ${texts[kind].data}`).join('; ')}.`;
