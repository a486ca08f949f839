/** Programs around a user's reward function: one that calls it for an answer, one that only looks at it. Runs nothing. */
import { extractAnswer } from './extract-answer.js';
import { finalText, referenceTexts, wholeText } from './response-text.js';
import type { RewardItem } from './reward.js';

/** How the user's file is called in tracebacks. */
const FILE = '<reward>';

/** Loads the user's source as a module of its own, in which its lines keep their numbers, and shows its errors without ours. */
const LOADER = String.raw`
import json, linecache, sys, traceback

def __load(source):
    linecache.cache['${FILE}'] = (len(source), None, source.splitlines(True), '${FILE}')
    module = {'__name__': 'reward'}
    exec(compile(source, '${FILE}', 'exec', dont_inherit=True), module)
    if callable(module.get('score')):
        return module['score']
    if callable(module.get('grade')):
        return lambda item: module['grade'](item['sample'], {**item['metadata'], **item})
    raise TypeError('define score(item), or grade(sample, item)')

def __show(error):
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename != '${FILE}':
        frames = frames.tb_next
    traceback.print_exception(error.with_traceback(frames), limit=-8)
    raise SystemExit(1)
`;

/** A Python literal of any JSON value, by way of a string. */
const literal = (value: unknown): string => `json.loads(${JSON.stringify(JSON.stringify(value))})`;

/** Ends with exit 0 if the source can be loaded and has the function; else it shows why on standard error. */
export function checkingProgram(source: string): string {
  return `${LOADER}
try:
    __load(${literal(source)})
except BaseException as error:
    __show(error)
`;
}

/** Prints `marker` and what the function returns, as JSON, in a line of its own; else it shows the exception on standard error. */
export function scoringProgram(source: string, item: RewardItem, marker: string): string {
  return `${LOADER}
try:
    __result = __load(${literal(source)})(${literal(argumentOf(item))})
    if isinstance(__result, (bool, int, float)):
        __result = {'reward': float(__result)}
    if not isinstance(__result, dict) or not isinstance(__result.get('reward'), (bool, int, float)):
        raise TypeError(f'return a number or {{"reward": number, "parts": {{name: number}}}}, not {__result!r:.200}')
    __result = json.dumps({
        'reward': float(__result['reward']),
        'parts': {str(name): float(part) for name, part in __result.get('parts', {}).items()},
    }, allow_nan=False)
except BaseException as error:
    __show(error)
else:
    sys.stdout.write('\\n${marker}' + __result + '\\n')
`;
}

/** What the function gets; `sample` as OpenAI's graders have it. */
function argumentOf({ response, reference, question, metadata }: RewardItem): Record<string, unknown> {
  const references = referenceTexts(reference);
  return {
    response: wholeText(response),
    parts: response,
    answer: extractAnswer(response),
    reference: references[0] ?? null,
    references,
    question: question ?? null,
    metadata: metadata ?? {},
    sample: { output_text: finalText(response) },
  };
}
