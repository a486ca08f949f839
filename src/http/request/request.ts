/** What this service adds to an Express request, and how handlers get at it. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { KeyScope } from '../../spec/enums.js';

/** Whose key the request carries. */
export interface Tenant {
  projectId: string;
  keyId: string;
  scopes: readonly KeyScope[];
  /** How many requests the key may send; null: any number. */
  requestsPerMinute: number | null;
}

export interface ApiRequest extends Request {
  /** Set for every request; also the header x-request-id of the answer. */
  id: string;
  /** Set by the auth guard; absent on public routes. */
  tenant?: Tenant;
  /** sha256 of the JSON body's bytes, hex; absent when there is none. */
  bodyHash?: string;
}

export function requestOf(context: ExecutionContext): ApiRequest {
  return context.switchToHttp().getRequest<ApiRequest>();
}

/** Handler parameter: the id of the project that the request's key belongs to. */
export const ProjectId = createParamDecorator((_: unknown, context: ExecutionContext) => tenantOf(context).projectId);

/** Handler parameter: the id of the request's key. */
export const KeyId = createParamDecorator((_: unknown, context: ExecutionContext) => tenantOf(context).keyId);

/** Handler parameter: what the request's key may do. */
export const Scopes = createParamDecorator((_: unknown, context: ExecutionContext) => tenantOf(context).scopes);

function tenantOf(context: ExecutionContext): Tenant {
  const { tenant } = requestOf(context);
  if (!tenant) throw new Error('a public route has no tenant');
  return tenant;
}
