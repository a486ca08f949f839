/** The transcript that a script writes while it works a task out, and the moves that lengthen it. Which moves a task needs the script knows. */
import { readSentence } from './corpus.js';
import type { Attribute } from './countries.js';

export interface Message {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** What a script needs of its world: the text of the best document for a query. */
export type Search = (query: string) => string;

/** The transcript, and the value that its answer gives. */
export interface Solution {
  readonly messages: readonly Message[];
  readonly answer: string;
}

/** The mistakes that every task can have. */
export interface NoteSlips {
  readonly givesUp: boolean;
  /** For each search for a country's fact, in order: whether the query is the country's name alone. */
  readonly bareQueries: readonly boolean[];
  readonly unboxed: boolean;
}

export class Notes {
  readonly messages: Message[];
  private searches = 0;

  constructor(
    question: string,
    private readonly search: Search,
    private readonly slips: NoteSlips,
  ) {
    this.messages = [{ role: 'user', content: question }];
  }

  /** The value that search gives for a fact of a country; text that states no fact is its own value. */
  find(attribute: Attribute, name: string): string {
    const bare = this.slips.bareQueries[this.searches++] ?? false;
    const query = bare ? name : `${attribute} of ${name}`;
    const result = this.call(`I need the ${attribute} of ${name}.`, 'search', query, this.search(query));
    return readSentence(result)?.value ?? result;
  }

  /** The country that search names for a capital, and the value its sentence states. */
  findCapital(capital: string): { name: string | null; value: string } {
    const query = `country with capital ${capital}`;
    const result = this.call(`I need the ${query}.`, 'search', query, this.search(query));
    const read = readSentence(result);
    return { name: read?.name ?? null, value: read?.value ?? result };
  }

  /** Returns the result, which the script has to know. */
  call(thought: string, tool: 'search' | 'python', input: string, result: string): string {
    this.messages.push(
      { role: 'assistant', content: `<think> ${thought}</think><${tool}> ${input}</${tool}>` },
      { role: 'tool', content: result },
    );
    return result;
  }

  conclude(answer: string): void {
    const thought = this.slips.givesUp ? 'I do not know.' : 'The result has the answer.';
    const given = this.slips.unboxed ? ` ${answer}` : `\\boxed{ ${answer}}`;
    this.messages.push({ role: 'assistant', content: `<think> ${thought}</think><answer>${given}</answer>` });
  }
}
