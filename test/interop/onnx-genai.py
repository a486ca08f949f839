"""Answers prompts with onnxruntime-genai: takes {directory, exchanges, new_tokens} as JSON, prints a list of {ids, answer}. Run by transformers-js.ts."""

import json
import sys

import onnxruntime_genai as og

request = json.loads(sys.argv[1])
model = og.Model(request["directory"])
try:
    tokenizer = og.Tokenizer(model)
except RuntimeError as error:  # It knows few regular expressions; the model answers ids all the same.
    print(f"onnxruntime-genai cannot read the tokenizer: {error}", file=sys.stderr)
    tokenizer = None
answers = []
for exchange in request["exchanges"]:
    ids = exchange["ids"]
    params = og.GeneratorParams(model)
    params.set_search_options(do_sample=False, max_length=len(ids) + request["new_tokens"])
    generator = og.Generator(model, params)
    generator.append_tokens(ids)
    while not generator.is_done():
        generator.generate_next_token()
    answer = [int(i) for i in generator.get_sequence(0)][len(ids) :]
    encoded = [int(i) for i in tokenizer.encode(exchange["text"])] if tokenizer else []
    answers.append({"ids": encoded, "answer": answer})
print(json.dumps(answers))
