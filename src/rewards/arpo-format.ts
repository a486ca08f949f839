/**
 * The format that ARPO's reward demands, as the released scorer checks it (arXiv 2507.19849, section 3; verl reward of the released code): tags are
 * counted and searched as text, never parsed. Not the comparison with the reference.
 */

export type FormatProblem =
  | 'think_unpaired'
  | 'think_missing'
  | 'answer_count'
  | 'search_incomplete'
  | 'search_order'
  | 'python_incomplete'
  | 'python_order'
  | 'answer_order'
  | 'box_missing';

const count = (text: string, part: string): number => text.split(part).length - 1;

/** The text between `<answer>` and `</answer>` of a well-formed response, or the first check that it fails. */
export function checkFormat(response: string): { answer: string } | { problem: FormatProblem } {
  const thoughts = count(response, '<think>');
  if (thoughts !== count(response, '</think>')) return { problem: 'think_unpaired' };
  if (thoughts === 0) return { problem: 'think_missing' };
  if (count(response, '<answer>') !== 1 || count(response, '</answer>') !== 1) return { problem: 'answer_count' };
  const callProblem = checkCalls(response, 'search') ?? checkCalls(response, 'python');
  if (callProblem) return { problem: callProblem };
  const start = response.indexOf('<answer>');
  const end = response.indexOf('</answer>');
  if (end < start) return { problem: 'answer_order' };
  const answer = response.slice(start + '<answer>'.length, end);
  if (!answer.includes(String.raw`\boxed{`) || !answer.includes('}')) return { problem: 'box_missing' };
  return { answer };
}

/** Every call must be closed and answered: `<tool>` … `</tool>` … `<result>` … `</result>`. Two calls may share one result. */
function checkCalls(response: string, tool: 'search' | 'python'): FormatProblem | null {
  let open = response.indexOf(`<${tool}>`);
  while (open !== -1) {
    const close = response.indexOf(`</${tool}>`, open);
    const result = response.indexOf('<result>', open);
    const resultEnd = result === -1 ? -1 : response.indexOf('</result>', result);
    if (close === -1 || resultEnd === -1) return `${tool}_incomplete`;
    if (close > result) return `${tool}_order`;
    open = response.indexOf(`<${tool}>`, resultEnd);
  }
  return null;
}
