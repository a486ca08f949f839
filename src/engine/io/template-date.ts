/**
 * The date that a chat template sees when it asks for today's (`strftime_now`): always the same, so that a prompt is the same on every day. It is the
 * one that the templates of Llama 3 fall back on where there is no clock. Not a clock.
 */
import { ChatTemplateError } from './chat-template-error.js';

/** Friday, 26 July 2024, midnight, by the directives of Python's strftime in the C locale. */
const directives: Readonly<Record<string, string>> = {
  '%': '%',
  A: 'Friday',
  B: 'July',
  D: '07/26/24',
  F: '2024-07-26',
  G: '2024',
  H: '00',
  '-H': '0',
  I: '12',
  '-I': '12',
  M: '00',
  '-M': '0',
  S: '00',
  '-S': '0',
  T: '00:00:00',
  U: '29',
  V: '30',
  W: '30',
  X: '00:00:00',
  Y: '2024',
  Z: '',
  a: 'Fri',
  b: 'Jul',
  c: 'Fri Jul 26 00:00:00 2024',
  d: '26',
  '-d': '26',
  e: '26',
  f: '000000',
  h: 'Jul',
  j: '208',
  '-j': '208',
  m: '07',
  '-m': '7',
  p: 'AM',
  u: '5',
  w: '5',
  x: '07/26/24',
  y: '24',
  z: '',
};

/** The fixed date in a format of strftime. Throws ChatTemplateError naming a directive that Python does not document. */
export function strftimeNow(format: unknown): string {
  if (typeof format !== 'string') throw new ChatTemplateError('strftime_now takes a format, such as "%d %b %Y"');
  return format.replaceAll(/%(-?[A-Za-z%]|$)/g, (directive, name: string) => {
    const value = directives[name];
    if (value === undefined) throw new ChatTemplateError(`strftime_now does not know the directive ${directive}`);
    return value;
  });
}
