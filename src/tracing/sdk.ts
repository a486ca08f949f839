/**
 * OpenTelemetry's SDK, with its instrumentations of HTTP, PostgreSQL and Redis. It reads the standard variables by itself: where spans go and with which headers, what is
 * sampled, how many are sent together. What of them switches it on is in config.ts.
 */
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { diag, DiagLogLevel, type Span } from '@opentelemetry/api';
import { Logger } from '@nestjs/common';

const QUIET = /^\/(health\/(live|ready)|metrics)(\?|$)/;

/** Patched when they are required, also where they have been imported before: what is patched are their prototypes. */
const PATCHED = ['http', 'pg', 'pg-pool', 'ioredis'];

/** What the client wrote: names of users' things, and keys where they do not belong. Routes and ids say which request it was. */
const CLIENTS_WORDS = ['url.path', 'url.query', 'user_agent.original'];

/** A collector that is away fails many times a minute, each time in the same words. */
const COMPLAINT_EVERY_MS = 60_000;
const SHOWN_CHARACTERS = 500;

/** @returns what sends the last spans */
export function startSdk(service: string): () => Promise<void> {
  complainInTheLog();
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [withoutClientsWords, new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new HttpInstrumentation({
        // Requests to servers of users: their addresses may have secrets, and they need not know of our traces.
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: ({ url }) => url !== undefined && QUIET.test(url),
        applyCustomAttributesOnSpan: (span, request) => describeRequest(span, request as RoutedRequest),
      }),
      // What runs by the clock, such as a worker's looks for work, would drown everything else.
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
      new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
    ],
  });
  const require = createRequire(import.meta.url);
  for (const name of PATCHED) require(name);
  return () => provider.shutdown();
}

const withoutClientsWords: SpanProcessor = {
  onStart: ({ attributes }) => {
    for (const name of CLIENTS_WORDS) delete attributes[name];
  },
  onEnd: () => {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** What the SDK cannot do, such as reach the collector, and which settings it does not know. */
function complainInTheLog(): void {
  const logger = new Logger('Tracing');
  const complained = { of: '', at: -Infinity };
  const complain = (message: string): void => {
    const shown = `Traces: ${reasonIn(message).slice(0, SHOWN_CHARACTERS)}`;
    if (shown === complained.of && performance.now() - complained.at < COMPLAINT_EVERY_MS) return;
    Object.assign(complained, { of: shown, at: performance.now() });
    logger.warn(shown);
  };
  const silent = (): void => {};
  diag.setLogger({ error: complain, warn: complain, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
}

/** An error comes as JSON, with its stack. */
function reasonIn(complaint: string): string {
  try {
    return String((JSON.parse(complaint) as { message: unknown }).message);
  } catch {
    return complaint;
  }
}

/** As it is once it has been answered. */
interface RoutedRequest extends IncomingMessage {
  readonly route?: { readonly path: string };
  readonly id?: string;
  readonly tenant?: { readonly projectId: string; readonly keyId: string };
}

/** Requests that no route takes keep the name that has only their method. */
function describeRequest(span: Span, { method, route, id, tenant }: RoutedRequest): void {
  if (route) span.updateName(`${method} ${route.path}`).setAttribute('http.route', route.path);
  if (id !== undefined) span.setAttribute('bough.request', id);
  if (tenant) span.setAttributes({ 'bough.project': tenant.projectId, 'bough.key': tenant.keyId });
}
