"""Answers, with transformers and PEFT, what the driver asks about a directory: ids, prompts, logits, continuations. Compares nothing.

usage: peer.py REQUEST.json ANSWER_DIR
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from transformers import AutoConfig, AutoTokenizer  # noqa: E402

with open(sys.argv[1], encoding="utf-8") as file:
    request = json.load(file)
directory = request["directory"]
answer = {}


def plain_encoding(text, as_text):
    return tokenizer.encode(text, add_special_tokens=False, split_special_tokens=as_text)


tokenizer = AutoTokenizer.from_pretrained(directory)
answer["inputs"] = sorted(tokenizer("a").keys())
answer["ids"] = [plain_encoding(text, False) for text in request["texts"]]
answer["plain_ids"] = [plain_encoding(text, True) for text in request["texts"]]
answer["texts"] = [
    tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False) for ids in answer["plain_ids"]
]
answer["prompts"] = []
answer["prompt_ids"] = []
for conversation in request["conversations"]:
    how = {"add_generation_prompt": conversation["add_generation_prompt"]}
    prompt = tokenizer.apply_chat_template(conversation["messages"], tokenize=False, **how)
    answer["prompts"].append(prompt)
    answer["prompt_ids"].append(plain_encoding(prompt, False))

if request["sequences"]:
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM

    # The type that the directory asks for; what is compared is computed in float32 from its weights.
    config = AutoConfig.from_pretrained(request["base"] or directory)
    answer["dtype"] = str(config.dtype).removeprefix("torch.")
    model, report = AutoModelForCausalLM.from_pretrained(
        request["base"] or directory, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    answer["unmatched"] = sorted(str(name) for kind in ("missing_keys", "unexpected_keys") for name in report[kind])
    if request["base"]:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, directory)
    model.eval()
    logits = {}
    answer["greedy"] = []
    with torch.inference_mode():
        for index, sequence in enumerate(request["sequences"]):
            ids = torch.tensor([sequence])
            logits[str(index)] = model(input_ids=ids).logits[0].float().contiguous()
            made = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                max_new_tokens=request["greedy_tokens"],
            )
            answer["greedy"].append(made[0, len(sequence) :].tolist())
    save_file(logits, os.path.join(sys.argv[2], "logits.safetensors"))

if request["rounded_from"]:
    import torch
    from safetensors.torch import load_file

    given, rounded = (load_file(os.path.join(one, "model.safetensors")) for one in (request["rounded_from"], directory))
    same = {name for name, tensor in rounded.items() if torch.equal(given[name].to(tensor.dtype), tensor)}
    answer["rounded_otherwise"] = sorted(given.keys() ^ same)

if os.path.exists(os.path.join(directory, "README.md")):
    from huggingface_hub import ModelCard

    answer["card"] = ModelCard.load(os.path.join(directory, "README.md")).data.to_dict()

with open(os.path.join(sys.argv[2], "answer.json"), "w", encoding="utf-8") as file:
    json.dump(answer, file)
