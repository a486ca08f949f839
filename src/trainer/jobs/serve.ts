/** Serves a model: answers what the worker asks until it is told to close. */
import { cpuDevice } from '../../engine/index.js';
import type { ServeJob } from '../../protocol/messages.js';
import { PLAIN_PROMPT } from '../../spec/prompt.js';
import { ChatServer } from '../chat/chat-server.js';
import type { Link } from '../link.js';
import { loadModel } from '../model/loaded-model.js';

export async function serve({ model_directory: directory, calls, threads }: ServeJob, link: Link): Promise<void> {
  const prompted = { prompt: PLAIN_PROMPT, tools: [] };
  const { policy, renderer } = await loadModel(directory, { device: cpuDevice(threads), ...prompted });
  await policy.freeze();
  await new ChatServer(policy, renderer.tokenizer, calls, link).run();
  await policy.close();
}
