"""Batched decoding with a cache of keys and values: each step gives one token to every row. Rows come and go; a row that waits keeps its cache. Draws no tokens: see sampler.py."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

# Keys and values of one row: [2 x layers, heads, tokens, head size].
RowCache = Tensor


class Decoder:
    def __init__(self, model: Any) -> None:
        """`model`: transformers', with all its weights on one device."""
        self._model, self._device = model, model.device
        self._layers = model.config.num_hidden_layers

    @torch.inference_mode()
    def feed(self, rows: list[tuple[RowCache | None, list[int]]]) -> tuple[Tensor, list[RowCache]]:
        """Feeds each row its tokens after what is in its cache. Returns the logits behind each row's last token [B, V], and the longer caches."""
        past = [0 if cache is None else cache.shape[2] for cache, _ in rows]
        new = [len(tokens) for _, tokens in rows]
        most_past, most_new, count = max(past), max(new), len(rows)
        ids = torch.zeros(count, most_new, dtype=torch.long)
        positions = torch.zeros(count, most_new, dtype=torch.long)
        # Both the cache and the new tokens are padded on the left. Padding sees itself, so that no row of the mask is empty.
        mask = torch.zeros(count, most_new, most_past + most_new, dtype=torch.bool)
        mask[:, :, most_past:] = torch.eye(most_new, dtype=torch.bool)
        for b, (_, tokens) in enumerate(rows):
            first = most_new - new[b]
            ids[b, first:] = torch.tensor(tokens)
            positions[b, first:] = torch.arange(past[b], past[b] + new[b])
            mask[b, first:, most_past - past[b] : most_past] = True
            mask[b, first:, most_past + first :] = torch.tril(torch.ones(new[b], new[b], dtype=torch.bool))
        cache = self._cache([row for row, _ in rows], past)
        logits = self._forward(ids, positions, mask, cache)
        stacked = self._stacked(cache)
        caches = [
            torch.cat(
                [stacked[:, b, :, most_past - past[b] : most_past], stacked[:, b, :, most_past + most_new - new[b] :]],
                2,
            )
            for b in range(count)
        ]
        return logits, caches

    def begin(self, caches: list[RowCache]) -> Batch:
        """A batch of rows that are decoded together."""
        return Batch(self, caches)

    def _cache(self, caches: list[RowCache | None], lengths: list[int]) -> DynamicCache:
        """Padded on the left to the longest."""
        cache = DynamicCache()
        most = max(lengths)
        if most == 0:
            return cache
        known = next(row for row in caches if row is not None)
        padded = known.new_zeros(known.shape[0], len(caches), known.shape[1], most, known.shape[3])
        for b, row in enumerate(caches):
            if row is not None:
                padded[:, b, :, most - lengths[b] :] = row
        for layer in range(self._layers):
            cache.update(padded[2 * layer], padded[2 * layer + 1], layer)
        return cache

    def _forward(self, ids: Tensor, positions: Tensor, mask: Tensor, cache: DynamicCache) -> Tensor:
        hidden = self._model.model(
            input_ids=ids.to(self._device),
            position_ids=positions.to(self._device),
            attention_mask=mask[:, None].to(self._device),
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state
        return self._model.lm_head(hidden[:, -1]).float()

    def _stacked(self, cache: DynamicCache) -> Tensor:
        """[2 x layers, rows, heads, tokens, head size]."""
        layers: Any = cache.layers
        return torch.stack([part for layer in layers for part in (layer.keys, layer.values)])


class Batch:
    """Rows whose caches lie in one tensor, padded on the left."""

    def __init__(self, decoder: Decoder, caches: list[RowCache]) -> None:
        self._decoder = decoder
        self._lengths = [cache.shape[2] for cache in caches]
        self._cache = decoder._cache(list(caches), self._lengths)

    @torch.inference_mode()
    def step(self, tokens: list[int]) -> Tensor:
        """One token for each row; the logits behind them [B, V]."""
        width = max(self._lengths) + 1 if not self._cache.layers else self._cache.get_seq_length() + 1
        positions = torch.tensor(self._lengths)[:, None]
        mask = torch.arange(width)[None, :] >= width - 1 - positions
        logits = self._decoder._forward(torch.tensor(tokens)[:, None], positions, mask[:, None], self._cache)
        self._lengths = [length + 1 for length in self._lengths]
        return logits

    def caches(self) -> list[RowCache]:
        """Of each row, by itself."""
        stacked = self._decoder._stacked(self._cache)
        width = stacked.shape[3]
        return [stacked[:, b, :, width - length :] for b, length in enumerate(self._lengths)]
