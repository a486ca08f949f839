"""Chat completions through OpenAI's own Python client, unmodified. Prints what it got as JSON; whether that is right is judged by test/chat.e2e.ts."""

import asyncio
import json
import sys

import openai

where = json.load(sys.stdin)
service = {"base_url": where["base_url"], "api_key": where["api_key"], "max_retries": 0}
client = openai.OpenAI(**service)
asked = {"model": where["model"], "messages": [{"role": "user", "content": "1 + 1"}], "max_tokens": 12, "seed": 7}
create = client.chat.completions.create


def contents(completion):
    return [choice.message.content for choice in completion.choices]


def streamed():
    text, usage = "", None
    for chunk in create(**asked, stream=True, stream_options={"include_usage": True}):
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
        usage = chunk.usage
    return {"text": text, "usage": usage.model_dump(include={"prompt_tokens", "completion_tokens", "total_tokens"})}


def conversation():
    """A call, and the answer once its result is known."""
    calling = {"model": where["calls"], "temperature": 0, "tools": [where["tool"]]}
    message = create(**calling, messages=asked["messages"]).choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "2"}
    after = create(**calling, messages=[*asked["messages"], message, result])
    with client.chat.completions.stream(**calling, messages=asked["messages"]) as events:
        helped = events.until_done().get_final_completion().choices[0].message
    function = message.tool_calls[0].function
    return {
        "name": function.name,
        "arguments": json.loads(function.arguments),
        "streamed": json.loads(helped.tool_calls[0].function.arguments),
        "answer": after.choices[0].message.content,
    }


def refusal(**wrong):
    try:
        create(**{**asked, **wrong})
    except openai.APIStatusError as error:
        return [type(error).__name__, error.code, error.param]
    return None


async def at_once():
    several = openai.AsyncOpenAI(**service)
    answers = await asyncio.gather(*[several.chat.completions.create(**{**asked, "seed": seed}) for seed in range(8)])
    return contents(answers[7])


two = create(**asked, n=2, logprobs=True, top_logprobs=2)
tokens = two.choices[0].logprobs.content
json.dump(
    {
        "models": [model.id for model in client.models.list()],
        "contents": contents(two),
        "bytes": [byte for token in tokens for byte in token.bytes],
        "alternatives": [len(token.top_logprobs) for token in tokens],
        "streamed": streamed(),
        "stopped": contents(create(**asked, stop=[where["stop"]])),
        "refusals": [refusal(model="mdl_0"), refusal(frequency_penalty=1)],
        "at_once": asyncio.run(at_once()),
        # The last, because it has another model loaded.
        "conversation": conversation(),
    },
    sys.stdout,
)
