/** An agent as anybody may have one: it knows OpenAI's client, OPENAI_BASE_URL and OPENAI_API_KEY, and nothing of training. Prints its answer to the question. */
import OpenAI from 'openai';

const openai = new OpenAI();
const messages = [{ role: 'user', content: process.argv[2] }];

async function ask() {
  const { choices } = await openai.chat.completions.create({ model: 'gpt-4.1-mini', max_tokens: 8, messages });
  messages.push(choices[0].message);
  return choices[0].message.content;
}

await ask();
messages.push({ role: 'user', content: 'Sure?' });
process.stdout.write(await ask());
