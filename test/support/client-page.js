/** The program of a page that uses the client as a package, in a browser. What it saw is judged by client-package.e2e.ts. */
import { BoughError, createBough, unwrap } from 'bough-client';

globalThis.walk = async ({ baseUrl, apiKey, model }) => {
  const ranges = [];
  /** Loses the connection in the middle of the first answer that is the file. */
  const breaking = async (request) => {
    const response = await fetch(request);
    if (!request.url.endsWith('/model.safetensors')) return response;
    ranges.push(request.headers.get('range'));
    return ranges.length > 1 ? response : cutShort(response);
  };
  const bough = createBough({ baseUrl, apiKey, fetch: breaking });

  const row = (n) => `{"question": "${'What is it? '.repeat(300)}", "answer": "${n}"}\n`;
  const file = new File(
    Array.from({ length: 2000 }, (_, n) => row(n)),
    'questions.jsonl',
  );
  const sent = [];
  const onProgress = (...now) => sent.push(now);
  const dataset = await bough.uploadDataset(file, { kind: 'rl', onProgress });
  const { num_examples: whole } = await bough.waitForDataset(dataset.id, { everyMs: 200 });
  const pieces = (async function* () {
    yield new TextEncoder().encode('{"question": "1 + 1", "answer": "2"}\n{"question": ');
    yield new TextEncoder().encode('"2 + 2", "answer": "4"}');
  })();
  const piecewise = await bough.uploadDataset(pieces, { kind: 'rl' });
  const { num_examples: few } = await bough.waitForDataset(piecewise.id, { everyMs: 200 });

  const failure = (promise) => promise.then(() => null).catch((error) => error);
  const upload = (options, to = { baseUrl, apiKey }) =>
    failure(createBough(to).uploadDataset(file, { kind: 'rl', onProgress: () => undefined, ...options }));
  const refused = await upload({}, { baseUrl, apiKey: 'bgh_wrong' });
  const stopped = new AbortController();
  const aborted = await upload({ signal: stopped.signal, onProgress: () => stopped.abort() });
  const noPath = await failure(bough.uploadDataset('questions.jsonl', { kind: 'rl' }));
  // Not of the origins that the service allows.
  const lost = await upload({}, { baseUrl: baseUrl.replace(/\d+$/, '9'), apiKey });

  const spec = {
    method: 'grpo',
    model,
    dataset: piecewise.id,
    reward: { type: 'exact_match' },
    rollout: { group_size: 2, max_response_tokens: 8 },
    training: { steps: 2, prompts_per_step: 1 },
  };
  const run = unwrap(await bough.api.POST('/v1/runs', { body: spec }));
  const events = [];
  for await (const { type } of bough.runEvents(run.id)) events.push(type);

  const asked = unwrap(await bough.api.POST('/v1/exports', { body: { model, format: 'huggingface' } }));
  const { files } = await bough.waitForExport(asked.id, { everyMs: 200 });
  const weights = await bough.downloadFile(asked.id, 'model.safetensors');

  let talked = null;
  const messages = [{ role: 'user', content: '1 + 1' }];
  for await (const piece of bough.chat({ model, messages, max_tokens: 4 })) talked = piece.finishReason ?? talked;

  const [last] = sent.slice(-1);
  return {
    sent: [last.map((bytes) => bytes - file.size), sent.length > 1, order(sent)],
    examples: [whole, few],
    refused: [refused instanceof BoughError, refused.status, refused.code],
    aborted: aborted.name,
    noPath: noPath.code,
    lost: lost.message,
    events: [events[0], events.at(-1)],
    ranges,
    size: [weights.length - files.find(({ name }) => name === 'model.safetensors').size_bytes],
    talked,
  };
};

function cutShort(response) {
  const reader = response.body.getReader();
  let pulled = 0;
  const pull = async (controller) => {
    if (pulled++ > 0) return controller.error(new TypeError('the connection is gone'));
    const { value } = await reader.read();
    controller.enqueue(value.slice(0, 1000));
  };
  return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), response);
}

function order(sent) {
  return sent.every(([bytes], i) => bytes >= 0 && bytes >= (sent[i - 1]?.[0] ?? 0)) ? 'in order' : JSON.stringify(sent);
}
