import { Readable } from 'node:stream';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { Answers } from '../../http/answer/answers.js';
import { streamed } from '../../http/answer/streamed.js';
import { ProjectId } from '../../http/request/request.js';
import type { ChatEvent } from '../../spec/chat.js';
import { chatRequest } from './chat-request.js';
import { ChatCompletion, ChatCompletionInput } from './chat.schema.js';
import { ChatService } from './chat.service.js';
import { Chunks, Completion, DONE, sent, type Heading } from './completion.js';

const EVENT_STREAM = 'text/event-stream';
/** A client that takes nothing of a stream for so long is cut off. */
const STALLED_MS = 60_000;

@ApiTags('Chat')
@Controller('v1/chat')
export class ChatController {
  constructor(private readonly chats: ChatService) {}

  @Post('completions')
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
    await this.chats.check(projectId, body.model);
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    const events = this.chats.events(projectId, body.model, chat, closed.signal);
    const heading: Heading = {
      id: chat.request,
      model: body.model,
      created: Math.floor(Date.now() / 1000),
      withLogprobs: chat.top_logprobs !== null,
    };
    if (!body.stream) {
      const completion = new Completion(heading);
      for await (const event of events) completion.add(event);
      return completion.whole;
    }
    // What is refused is refused before a stream begins, with a status of its own.
    const first = await events.next();
    response.setTimeout(STALLED_MS, () => response.destroy());
    response.setHeader('cache-control', 'no-cache, no-transform');
    response.setHeader('x-accel-buffering', 'no');
    const chunks = new Chunks(heading, body.stream_options?.include_usage ?? false);
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
