/** `bough completion bash|zsh`: a script for the shell, with all commands and options as they are. */
import { Argument, type Command } from 'commander-14';
import type { Host } from '../host.js';
import { example } from './example.js';

export function addCompletion(program: Command, { output }: Host): void {
  example(
    program
      .command('completion')
      .description('Prints what makes a shell complete commands and options.')
      .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
      .action((shell: string) => {
        const script = bashScript(wordsOf(program));
        // zsh runs what is written for bash.
        output.write(shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script);
      }),
    'source <(bough completion bash)',
  );
}

/** For each command, by its words, what may come next. */
function wordsOf(program: Command): Map<string, string[]> {
  const words = new Map<string, string[]>();
  const common = program.options.flatMap(({ long }) => (long === '--version' ? [] : (long ?? [])));
  const visit = (command: Command, path: readonly string[]) => {
    const options = command.options.flatMap(({ long }) => long ?? []);
    const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
    const inner = command.commands.map((one) => one.name());
    words.set(path.join(' '), [
      ...inner,
      ...choices,
      ...options,
      ...common.filter((one) => !options.includes(one)),
      '--help',
    ]);
    for (const one of command.commands) visit(one, [...path, one.name()]);
  };
  visit(program, []);
  return words;
}

function bashScript(words: ReadonlyMap<string, readonly string[]>): string {
  const cases = [...words].map(([path, next]) => `    '${path}') next='${next.join(' ')}' ;;`);
  return `_bough() {
  local word path='' next=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  # What is no command is the argument of one.
  while :; do
    case "$path" in
${cases.map((line) => `  ${line}`).join('\n')}
    esac
    if [ -n "$next" ] || [ -z "$path" ]; then break; fi
    case "$path" in *' '*) path="\${path% *}" ;; *) path='' ;; esac
  done
  COMPREPLY=($(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _bough bough
`;
}
