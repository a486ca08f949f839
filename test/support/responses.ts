/** Responses as rewards read them. */
import type { ResponsePart } from '../../src/rewards/reward.js';

/** A response of text alone. */
export const said = (text: string): ResponsePart[] => [{ kind: 'text', text, tool: null }];

/** A call by tags, with its result. */
export const called = (tool: string, input: string, result: string): ResponsePart[] => [
  { kind: 'call', text: `<${tool}>${input}</${tool}>`, tool },
  { kind: 'result', text: `<result>\n${result}\n</result>`, tool },
];

/** An assistant's messages with the tools' results between them. */
export function answered(messages: readonly { role: string; content: string }[]): ResponsePart[] {
  return messages.flatMap(({ role, content }, i) => {
    if (role !== 'assistant') return [];
    const result = messages[i + 1];
    const call = result?.role === 'tool' && /<(search|python)>((?:(?!<\1>)[^])*)<\/\1>(\s*)$/.exec(content);
    if (!call) return said(content);
    const [, tool = '', input = ''] = call;
    return [...said(content.slice(0, call.index)), ...called(tool, input, result.content)];
  });
}
