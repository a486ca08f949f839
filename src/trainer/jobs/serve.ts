/** Serves a model: answers what the worker asks until it is told to close. */
import { cpuDevice } from '../../engine/index.js';
import type { ServeJob } from '../../protocol/messages.js';
import { PLAIN_PROMPT } from '../../spec/prompt.js';
import { ChatServer } from '../chat/chat-server.js';
import { ServedChats } from '../chat/served-chats.js';
import type { Link } from '../link.js';
import { loadModel } from '../model/loaded-model.js';

export async function serve({ model_directory: directory, calls, threads }: ServeJob, link: Link): Promise<void> {
  const prompted = { prompt: PLAIN_PROMPT, tools: [] };
  const { policy, renderer } = await loadModel(directory, { device: cpuDevice(threads), ...prompted });
  await policy.freeze({ sharing: false });
  await answer(new ChatServer(policy, renderer.tokenizer, calls, new ServedChats(policy), link), link);
  await policy.close();
}

/** Returns once it has been told to close and everything has been answered. */
async function answer(server: ChatServer, link: Link): Promise<void> {
  for (let closing = false; ;) {
    for (const command of link.chats.take()) {
      if (command.type === 'close') closing = true;
      else if (command.type === 'chat') server.begin(command.chat);
      else if (command.type === 'chat_cancelled') server.drop(command.request);
    }
    await server.turn();
    if (server.isIdle) {
      if (closing) return;
      server.forget();
      await link.chats.arrived(link.signal);
    }
    link.signal.throwIfAborted();
  }
}
