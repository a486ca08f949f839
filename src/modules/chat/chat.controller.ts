import { Readable } from 'node:stream';
import { Body, Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { Answers } from '../../http/answer/answers.js';
import { streamed } from '../../http/answer/streamed.js';
import { keyText, Public } from '../../http/keys/auth.guard.js';
import { ProjectId } from '../../http/request/request.js';
import type { ChatEvent, ChatRequest } from '../../spec/chat.js';
import { chatRequest } from './chat-request.js';
import { ChatCompletion, ChatCompletionInput, RolloutChatInput } from './chat.schema.js';
import { AgentRolloutsService } from './agent-rollouts.service.js';
import { ChatService, type Answerer } from './chat.service.js';
import { Chunks, Completion, DONE, sent, type Heading } from './completion.js';
import { ServedModelsService } from './served-models.service.js';

const EVENT_STREAM = 'text/event-stream';
/** A client that takes nothing of a stream for so long is cut off. */
const STALLED_MS = 60_000;

@ApiTags('Chat')
@Controller('v1')
export class ChatController {
  constructor(
    private readonly chats: ChatService,
    private readonly models: ServedModelsService,
    private readonly rollouts: AgentRolloutsService,
  ) {}

  @Post('chat/completions')
  @Answers(ChatCompletion, {
    summary: 'Talk with a model or a checkpoint',
    description:
      "OpenAI's chat completions: its clients work with this service's address as `base_url` (with `/v1`) and one of its keys. A worker loads the model for the first request, beside what it trains, and keeps it for two minutes after the last; requests for one model are answered together. " +
      'With `stream: true` the answer is server-sent events: `chat.completion.chunk` objects, the last `[DONE]`; an error under way is an event with `error`. Keeps nothing.',
    status: 200,
  })
  async createChatCompletion(
    @ProjectId() projectId: string,
    @Body({ schema: ChatCompletionInput }) body: ChatCompletionInput,
    @Res({ passthrough: true }) response: Response,
  ) {
    const chat = chatRequest(body);
    const answerer = await this.models.answererOf(projectId, body.model);
    return this.answer(answerer, { chat, input: body, model: body.model }, response);
  }

  @Post('runs/:id/rollouts/:rollout_id/chat/completions')
  @Public()
  @Answers(ChatCompletion, {
    summary: 'Ask the policy of a run, as the agent of one of its rollouts',
    description:
      "OpenAI's chat completions, for any of its clients: `base_url` and `api_key` are those of the rollout, and no other key is taken. The run decides on temperature, top_p and seed, and learns from the tokens. " +
      'A call goes on with an earlier one of the rollout where its tokens begin with all of that one’s; any other is a trajectory of its own with the same reward.',
    status: 200,
  })
  async createRolloutChatCompletion(
    @Param('id') id: string,
    @Param('rollout_id') rolloutId: string,
    @Req() request: Request,
    @Body({ schema: RolloutChatInput }) body: RolloutChatInput,
    @Res({ passthrough: true }) response: Response,
  ) {
    const key = keyText(request.header('authorization'));
    const { answerer, slot } = await this.rollouts.answererOf(id, rolloutId, key);
    return this.answer(answerer, { chat: chatRequest(body, slot), input: body, model: id }, response);
  }

  private async answer(
    answerer: Answerer,
    { chat, input, model }: { chat: ChatRequest; input: Omit<ChatCompletionInput, 'model'>; model: string },
    response: Response,
  ) {
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    const events = this.chats.events(answerer, chat, closed.signal);
    const created = Math.floor(Date.now() / 1000);
    const heading: Heading = { id: chat.request, model, created, withLogprobs: chat.top_logprobs !== null };
    if (!input.stream) {
      const completion = new Completion(heading);
      for await (const event of events) completion.add(event);
      return completion.whole;
    }
    // What is refused is refused before a stream begins, with a status of its own.
    const first = await events.next();
    response.setTimeout(STALLED_MS, () => response.destroy());
    response.setHeader('cache-control', 'no-cache, no-transform');
    response.setHeader('x-accel-buffering', 'no');
    const chunks = new Chunks(heading, input.stream_options?.include_usage ?? false);
    return streamed(Readable.from(stream(first, events, chunks), { highWaterMark: 1 }), EVENT_STREAM);
  }
}

async function* stream(
  first: IteratorResult<ChatEvent, void>,
  events: AsyncGenerator<ChatEvent, void, void>,
  chunks: Chunks,
): AsyncGenerator<string> {
  try {
    for (let next = first; !next.done; next = await events.next()) {
      for (const chunk of chunks.of(next.value)) yield sent(chunk);
    }
    yield DONE;
  } catch (error) {
    yield sent((error instanceof AppError ? error : new AppError('INTERNAL', {}, { cause: error })).toBody());
  } finally {
    await events.return();
  }
}
