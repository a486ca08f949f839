/** A collector on loopback that takes OTLP over HTTP in protobuf, and keeps what it is sent. Decodes with protobufjs and the part of OpenTelemetry's own schema that tests read. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import protobuf from 'protobufjs';
import { LocalServer } from './local-server.js';

/** opentelemetry/proto/collector/trace/v1/trace_service.proto and what it imports, without what no test reads. */
const SCHEMA = `
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; }
  message InstrumentationScope { string name = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; repeated Link links = 13; Status status = 15;
  }
  message Link { bytes trace_id = 1; bytes span_id = 2; }
  message Status { string message = 2; int32 code = 3; }
`;
const Sent = protobuf.parse(SCHEMA).root.lookupType('ExportTraceServiceRequest');

export interface CollectedSpan {
  readonly service: string;
  /** Who made it, as `@opentelemetry/instrumentation-pg`. */
  readonly scope: string;
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  /** Empty: it has none. */
  readonly parent: string;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isFailed: boolean;
}

type Attributes = { key: string; value: Record<string, unknown> }[];
interface Decoded {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: { scope: { name: string }; spans: DecodedSpan[] }[];
  }[];
}
interface DecodedSpan {
  traceId: Buffer;
  spanId: Buffer;
  parentSpanId: Buffer;
  name: string;
  attributes: Attributes;
  links: { spanId: Buffer }[];
  status: { code: number } | null;
}

const FAILED = 2;

export class TraceCollector extends LocalServer {
  readonly spans: CollectedSpan[] = [];
  /** Everything that was sent, for looking whether something is in it. */
  readonly bytes: Buffer[] = [];

  protected take(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const isForUs = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
    if (isForUs) this.read(body);
    response.writeHead(isForUs ? 200 : 400).end();
  }

  private read(bytes: Buffer): void {
    this.bytes.push(bytes);
    const sent = Sent.toObject(Sent.decode(bytes), { defaults: true, longs: Number }) as Decoded;
    for (const { resource, scopeSpans } of sent.resourceSpans) {
      const service = String(recordOf(resource.attributes)['service.name']);
      for (const { scope, spans } of scopeSpans) {
        for (const span of spans) this.spans.push({ service, scope: scope.name, ...collected(span) });
      }
    }
  }
}

function collected(span: DecodedSpan): Omit<CollectedSpan, 'service' | 'scope'> {
  return {
    name: span.name,
    trace: span.traceId.toString('hex'),
    id: span.spanId.toString('hex'),
    parent: span.parentSpanId.toString('hex'),
    links: span.links.map(({ spanId }) => spanId.toString('hex')),
    attributes: recordOf(span.attributes),
    isFailed: span.status?.code === FAILED,
  };
}

function recordOf(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
