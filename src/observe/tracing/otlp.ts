import {
  createTraceState,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { TraceContext } from '../../protocol/trace-context.js';
import type { StartSpan } from '../../transports/traced-requests.js';

export interface TracingOptions {
  /** Where spans are sent, with its path; undefined: as `OTEL_EXPORTER_OTLP_ENDPOINT` and its relatives say. */
  url: string | undefined;
  /** Of each request, beside those of `OTEL_EXPORTER_OTLP_HEADERS`. */
  headers?: Readonly<Record<string, string>>;
  /** Of mcp-pipe. */
  version: string;
  /** Called once when spans could not be sent, and again only after some could. */
  onFailed: (reason: string) => void;
  /** Called with what is wrong with the settings of OpenTelemetry. */
  onWrongSetting: (text: string) => void;
}

/** Spans that are sent to a collector. */
export interface Tracing {
  start: StartSpan;
  /** Sends what is left. Returns false when that was not done within that time, in milliseconds. */
  stop(withinMs: number): Promise<boolean>;
}

/**
 * Sends spans by OTLP over HTTP. Settings of the environment (`OTEL_*`) are read by OpenTelemetry itself. The queue is bounded:
 * what does not fit is dropped.
 */
// D231
export function openTracing({ url, headers, version, onFailed, onWrongSetting }: TracingOptions): Tracing {
  const nothing = () => {};
  const logger = { error: onWrongSetting, warn: nothing, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  const exporter = watched(
    new OTLPTraceExporter({ ...(url === undefined ? {} : { url }), headers: { ...headers } }),
    onFailed,
  );
  const own = resourceFromAttributes({ 'service.name': 'mcp-pipe', 'service.version': version });
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer('mcp-pipe', version);
  return {
    start: ({ name, kind, attributes, parent }) => {
      const of = { kind: kind === 'server' ? SpanKind.SERVER : SpanKind.CLIENT, attributes };
      const span = tracer.startSpan(name, of, parent ? contextOf(parent) : ROOT_CONTEXT);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        end: (error, more) => {
          if (more) span.setAttributes(more);
          if (error !== undefined)
            span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    stop: (withinMs) => {
      const stopped = provider.shutdown().then(
        () => true,
        () => true,
      );
      return within(stopped, withinMs);
    },
  };
}

function contextOf({ traceId, spanId, flags, state }: TraceContext) {
  const traceState = state === undefined ? {} : { traceState: createTraceState(state) };
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...traceState,
  });
}

/** What OpenTelemetry calls a batch that was sent (ExportResultCode). */
const SUCCESS = 0;

/** An exporter whose failures are told, and otherwise forgotten. */
function watched(exporter: SpanExporter, onFailed: (reason: string) => void): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, ({ code, error }) => {
        if (code !== SUCCESS && !isFailing) onFailed(reasonOf(error));
        isFailing = code !== SUCCESS;
        done({ code: SUCCESS });
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** An error of a connection to several addresses has no message of its own. */
function reasonOf(error: (Error & { code?: string | number }) | undefined): string {
  const { message = '', code } = error ?? {};
  return [message, code].filter((part) => part !== undefined && part !== '').join(' ') || 'unknown';
}

async function within(done: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
