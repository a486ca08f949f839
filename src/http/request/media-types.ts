/** Which media types a route takes, where that is not JSON alone. Says what to send instead of another one; reads nothing. */
import { SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

export const JSON_TYPE = 'application/json';
export const FORM_TYPE = 'multipart/form-data';
/** JSON Lines as the body itself: the name that is used most, and the one that is proposed. */
export const LINES_TYPES = ['application/x-ndjson', 'application/jsonl'] as const;

export interface MediaTypes {
  readonly types: readonly string[];
  /** What to send, in words. */
  readonly remedy: string;
}

const MEDIA_TYPES = 'bough:media-types';
const JSON_ALONE: MediaTypes = { types: [JSON_TYPE], remedy: JSON_TYPE };

/** Marks a route. */
export const TakesTypes = (types: readonly string[], remedy: string) =>
  SetMetadata<string, MediaTypes>(MEDIA_TYPES, { types, remedy });

export function mediaTypesOf(reflector: Reflector, handler: ReturnType<ExecutionContext['getHandler']>): MediaTypes {
  return reflector.get<MediaTypes | undefined>(MEDIA_TYPES, handler) ?? JSON_ALONE;
}
