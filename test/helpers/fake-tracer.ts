import type { SpanAttributes, SpanStart } from '../../src/transports/traced-requests.js';

/** A span that was begun. */
export interface FakeSpan extends SpanStart {
  traceId: string;
  spanId: string;
  traceparent: string;
  /** Undefined until it ends; `ok` without an error. */
  outcome: string | undefined;
  more: SpanAttributes | undefined;
}

/** Notes spans: those without a parent begin a trace. */
export class FakeTracer {
  readonly spans: FakeSpan[] = [];

  readonly start = (span: SpanStart) => {
    const number = (length: number) => String(this.spans.length + 1).padStart(length, '0');
    const traceId = span.parent?.traceId ?? number(32);
    const spanId = number(16);
    const traceparent = `00-${traceId}-${spanId}-01`;
    const noted: FakeSpan = { ...span, traceId, spanId, traceparent, outcome: undefined, more: undefined };
    this.spans.push(noted);
    return {
      traceparent,
      end: (error?: string, more?: SpanAttributes) => {
        // Whoever ends a span twice makes the first end wrong.
        noted.outcome = noted.outcome === undefined ? (error ?? 'ok') : 'ended twice';
        noted.more = more;
      },
    };
  };

  named(name: string): FakeSpan[] {
    return this.spans.filter((span) => span.name === name);
  }
}
