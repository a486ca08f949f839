/** The chat template of models that are created from scratch: `<user>…`, `<system>…`, `<agent>…<eos>`, and `<agent>` to go on. */

/** The tokens that open a turn. */
export const turnTokens = { user: '<user>', system: '<system>', assistant: '<agent>' } as const;

export const defaultChatTemplate = [
  `{% for message in messages %}`,
  `{% if message['role'] == 'user' %}{{ '${turnTokens.user}' + message['content'] }}`,
  `{% elif message['role'] == 'system' %}{{ '${turnTokens.system}' + message['content'] }}`,
  `{% elif message['role'] == 'assistant' %}{{ '${turnTokens.assistant}' + message['content'] + eos_token }}`,
  `{% else %}{{ raise_exception('The role ' + message['role'] + ' is not supported, only user, system and assistant') }}`,
  `{% endif %}{% endfor %}`,
  `{% if add_generation_prompt %}{{ '${turnTokens.assistant}' }}{% endif %}`,
].join('');
