"""Writes expected.jsonl: the ids that the Python library gives for variants of a small byte-level tokenizer.

    pip install tokenizers==0.23.3 && python make-expected.py

The first line holds the tokenizer and the texts; each further line a variant: its name, what it changes in tokenizer.json, and the ids of each text.
"""
import copy
import json
import pathlib

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

CORPUS = [
    "hello hello HELLO world, World!! foo foobar foo(baz) ab abc bc tag TAG think",
    "I'm here, it's we'll they'd don't can't I've we're x = a1b2 + 12 34 567 1234567 12,345.67",
    "the area of Peru is 1285; the capital is Lima.  two   spaces    four\t\ttab\n\nlines\r\n\r\nend",
    "café naïve Ünïcödé ΟΔΟΣ οδοσ οδος ﬁ ①",
] * 8

TEXTS = [
    "hello", " hello", " ", "\n",
    "x foo foobar foo, foo_ foo-é",
    "a <TAG> <tag> b <think>  c <tag>",
    "ab abc bc abcd",
    "HELLO hello, World!! a1b2",
    "I'M HERE, It'S we'LL they'd don't ſ's K's",
    "e\u0301 café Å ﬁ ① ΟΔΟΣ ΣΑΣ İI",
    "  two    four\t\ttab \n\n x\r\n\r\ny   ",
    "1234567 12,345.67 ٣٤ ½²",
    "中文，测试。日本語テスト 한국어",
    "<|end|> x <think>",
    "😀👩‍👩‍👧 \u200d\ufeffz\u0085q\u00a0r \u0085",
    'foo_bar(baz)[0]=="a";//x $& $1',
    "a\u0000b ----- a-b--c - -",
    "$\\frac{1}{2}$ \\boxed{42}" + " " * 9,
]

QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
STRING, DIGIT, LETTERS, DASH = {"String": " "}, {"Regex": r"\d"}, {"Regex": r"\p{L}+"}, {"String": "-"}
GROUPS = {"Regex": r"(o)(?:r)?|( )(-)"}
BEHAVIOURS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def steps(*before):
    return {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [*before, BYTES]}}


def normalizer(*each):
    return {"normalizer": {"type": "Sequence", "normalizers": list(each)}}


def added(*tokens):
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {"added_tokens": [{**plain, "id": i, **token} for i, token in enumerate(tokens)]}


BYTE_LEVEL = {**BYTES, "use_regex": True}
VARIANTS = {
    "as it is": {},
    "no pre-tokenizer but bytes": {"pre_tokenizer": BYTES},
    "prefix space": {"pre_tokenizer": {**BYTE_LEVEL, "add_prefix_space": True}},
    "prefix space, no pattern": {"pre_tokenizer": {**BYTES, "add_prefix_space": True}},
    "Qwen": steps(split({"Regex": QWEN}, "Isolated")),
    "Llama 3": steps(split({"Regex": LLAMA3}, "Removed", True)),
    "o200k": steps(split({"Regex": O200K}, "Isolated")),
    "StarCoder": {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTE_LEVEL]}},
    "Digits together": {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": False}, BYTE_LEVEL]}},
    **{f"{behaviour} {name}{' inverted' if invert else ''}": steps(split(pattern, behaviour, invert))
       for behaviour in BEHAVIOURS
       for name, pattern in {"space": STRING, "digit": DIGIT, "letters": LETTERS, "dash": DASH, "groups": GROUPS}.items()
       for invert in (False, True)},
    **{f"Punctuation {behaviour}": steps({"type": "Punctuation", "behavior": behaviour}) for behaviour in BEHAVIOURS},
    "Whitespace": steps({"type": "Whitespace"}),
    "WhitespaceSplit": steps({"type": "WhitespaceSplit"}),
    "CharDelimiterSplit": steps({"type": "CharDelimiterSplit", "delimiter": "-"}),
    "BertPreTokenizer": steps({"type": "BertPreTokenizer"}),
    "FixedLength": steps({"type": "FixedLength", "length": 3}),
    **{form: normalizer({"type": form}) for form in ("NFC", "NFD", "NFKC", "NFKD")},
    "Lowercase": normalizer({"type": "Lowercase"}),
    "Strip": normalizer({"type": "Strip", "strip_left": True, "strip_right": True}),
    "Strip left": normalizer({"type": "Strip", "strip_left": True, "strip_right": False}),
    "Strip right": normalizer({"type": "Strip", "strip_left": False, "strip_right": True}),
    "StripAccents": normalizer({"type": "NFD"}, {"type": "StripAccents"}),
    "Replace": normalizer({"type": "Replace", "pattern": {"String": "o"}, "content": "_"}),
    "Replace by pattern": normalizer({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}),
    "Replace by dollars": normalizer({"type": "Replace", "pattern": {"String": "o"}, "content": "$&$$"}),
    "Prepend": normalizer({"type": "Prepend", "prepend": "x"}),
    "Strip, Prepend": normalizer({"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Prepend", "prepend": "x"}),
    "single word": added({"content": "foo", "single_word": True}),
    "single word over shorter": added({"content": "foob"}, {"content": "foobar", "single_word": True}, {"content": "bar"}),
    "lstrip": added({"content": "<think>", "lstrip": True}),
    "rstrip": added({"content": "<think>", "rstrip": True}, {"content": " c"}),
    "both strip": added({"content": "<tag>", "lstrip": True, "rstrip": True}, {"content": "q", "lstrip": True, "rstrip": True}),
    "overlapping": added({"content": "ab"}, {"content": "abc"}, {"content": "b"}),
    "normalized after others": added({"content": "ab"}, {"content": "abc", "normalized": True}),
    "normalized, Lowercase": {**normalizer({"type": "Lowercase"}), **added({"content": "<TAG>", "normalized": True}, {"content": "HELLO"})},
    "normalized, NFC": {**normalizer({"type": "NFC"}), **added({"content": "é", "normalized": True}, {"content": "<tag>", "normalized": True})},
    "in the vocabulary too": added({"content": "hello"}),
    "byte_fallback": {"model": {"byte_fallback": True}},
    "ignore_merges": {"model": {"ignore_merges": True}},
    "fuse_unk": {"model": {"fuse_unk": True, "unk_token": "!"}},
    "dropout of nothing": {"model": {"dropout": 0.0}},
    "empty affixes": {"model": {"continuing_subword_prefix": "", "end_of_word_suffix": ""}},
    "merges as strings": {"model": {"merges": "strings"}},
}


def base():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, show_progress=False))
    tokenizer.add_special_tokens([AddedToken("<|end|>", special=True, normalized=False)])
    return json.loads(tokenizer.to_str())


def changed(tokenizer, change):
    tokenizer = copy.deepcopy(tokenizer)
    for field, value in change.items():
        if field == "model":
            if value.get("merges") == "strings":
                value["merges"] = [" ".join(pair) for pair in tokenizer["model"]["merges"]]
            tokenizer["model"].update(value)
        elif field == "added_tokens":
            first = len(tokenizer["model"]["vocab"]) + 1
            for token in value:
                token["id"] = tokenizer["model"]["vocab"].get(token["content"], first)
                first += token["id"] == first
            tokenizer["added_tokens"] += value
        else:
            tokenizer[field] = value
    return tokenizer


def main():
    tokenizer = base()
    lines = [{"tokenizer": tokenizer, "texts": TEXTS}]
    for name, change in VARIANTS.items():
        loaded = Tokenizer.from_str(json.dumps(changed(tokenizer, change)))
        lines.append({"name": name, "change": change, "ids": [loaded.encode(text, add_special_tokens=False).ids for text in TEXTS]})
    path = pathlib.Path(__file__).with_name("expected.jsonl")
    path.write_text("".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))


main()
