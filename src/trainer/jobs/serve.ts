/** Serves a model: answers what the worker asks until it is told to close. */
import { cpuDevice } from '../../engine/index.js';
import type { ServeJob } from '../../protocol/messages.js';
import { ChatServer } from '../chat/chat-server.js';
import type { Link } from '../link.js';
import { loadModel } from '../model/loaded-model.js';

export async function serve({ model_directory: directory, threads }: ServeJob, link: Link): Promise<void> {
  const prompt = { system: null, template: 'chat', tool_syntax: 'tags', call_delimiters: null } as const;
  const { policy, renderer } = await loadModel(directory, { device: cpuDevice(threads), prompt, tools: [] });
  await new ChatServer(policy, renderer.tokenizer, link).run();
  await policy.close();
}
