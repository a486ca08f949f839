/**
 * The spans that Bough itself makes, and how a trace goes on in another process. Where nobody has switched tracing on, the API of OpenTelemetry does nothing for
 * all of this. No text of a user or an error becomes an attribute: it may have secrets.
 */
import { context, propagation, trace, SpanStatusCode, type Attributes, type Link, type Span } from '@opentelemetry/api';

export const tracer = trace.getTracer('bough');

/** Does the work in a span, which ends with it. What it throws marks the span as failed. */
export function traced<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, (span) =>
    work(span)
      .catch((error: unknown) => {
        markFailed(span, error);
        throw error;
      })
      .finally(() => span.end()),
  );
}

/** @param error anything that was thrown: of it, what kind of error it is */
export function markFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
}

/** Where this process is in a trace, as W3C's `traceparent` says it; null where nothing is traced. */
export function traceparent(): string | null {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
}

/** To what another process was doing. @param parent its `traceparent`; null: it was not traced */
export function linksTo(parent: string | null): Link[] {
  if (parent === null) return [];
  const there = trace.getSpanContext(propagation.extract(context.active(), { traceparent: parent }));
  return there ? [{ context: there }] : [];
}

/** For the log, so that whoever reads a line finds the trace. */
export function traceIds(): { trace_id?: string } {
  const here = trace.getSpanContext(context.active());
  return here ? { trace_id: here.traceId } : {};
}
