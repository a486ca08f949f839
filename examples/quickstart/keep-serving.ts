/** `--keep`: says how to reach the service, takes questions for the agent, and waits until the user stops it. */
import type { Bough } from '../../src/embedded/bough.js';
import type { Client } from '../support/client.js';
import { answerQuestions, ask, invitation } from './ask.js';
import type { Recipe } from './recipe.js';
import type { Outcome } from './scenario.js';

export async function keepServing(client: Client, recipe: Recipe, outcome: Outcome, service: Bough): Promise<void> {
  const { screen } = client;
  const { datasets, policy } = outcome;
  screen.say(`The service stays at ${service.url} (documentation: ${service.url}/docs). Ctrl-C stops it.`);
  screen.say(`API key: ${service.apiKey}`);
  if (!process.stdin.isTTY) return service.ended;
  for (const line of ['', ...invitation]) screen.say(line);
  const { id } = policy.checkpoint;
  const asked = answerQuestions(client, process.stdin, (question) => ask(client, recipe, datasets, id, question));
  // Neither the end of the questions nor a service that dies waits for the other.
  return Promise.race([service.ended, asked.then(() => service.ended)]);
}
