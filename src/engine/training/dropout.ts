/** Masks of an adapter's dropout: functions of the seed, the layer and the place alone, so that a recomputed layer and a resumed run drop the same inputs. */
import type { AdaptedModel } from '../models/adapter.js';
import type { DecoderConfig } from '../models/config.js';
import { layerPrefix } from '../models/decoder.js';
import { DROPOUT_SITES, dropoutName } from '../models/weights.js';
import type { Feed } from '../device/device.js';
import { randomBits } from '../random.js';

/** What the graphs of one layer take under `prefix`, over T tokens; nothing without dropout. */
export function layerDropoutFeeds(
  { config, adapter }: AdaptedModel,
  prefix: string,
  layer: number,
  T: number,
  seed: number,
): Readonly<Record<string, Feed>> {
  if (!adapter || adapter.dropout === 0) return {};
  const sites = [...new Set(adapter.targetModules.map((module) => DROPOUT_SITES[module]))];
  return Object.fromEntries(
    sites.map((site, place) => {
      const width = siteWidth(config, site);
      return [
        dropoutName(prefix, site),
        { data: mask(T * width, adapter.dropout, [seed, layer, place]), dims: [T, width] },
      ];
    }),
  );
}

/** The same of all layers, under their full names. */
export function dropoutFeeds(model: AdaptedModel, T: number, seed: number): Readonly<Record<string, Feed>> {
  const layers = Array.from({ length: model.config.layers }, (_, layer) =>
    layerDropoutFeeds(model, layerPrefix(layer), layer, T, seed),
  );
  return Object.assign({}, ...layers) as Record<string, Feed>;
}

function siteWidth({ hiddenSize, heads, headDim, ffnSize }: DecoderConfig, site: string): number {
  if (site === 'attention_output') return heads * headDim;
  return site === 'mlp_inner' ? ffnSize : hiddenSize;
}

/** 1 for what stays. The share is exact to 2⁻¹⁶: each random word decides two elements. */
function mask(size: number, share: number, [seed, layer, place]: readonly [number, number, number]): Uint8Array {
  const next = randomBits(seed, layer, place);
  const threshold = Math.round(share * 65536);
  const kept = new Uint8Array(size);
  for (let i = 0; i < size; i += 2) {
    const word = next();
    kept[i] = +((word & 0xffff) >= threshold);
    kept[i + 1] = +(word >>> 16 >= threshold);
  }
  return kept;
}
