import { randomBytes } from "node:crypto";
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { messageOf } from "../../errors.ts";

/** W3C trace context of a new trace. */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}

/**
 * Sends spans to the collector at `endpoint` (OTLP over HTTP); without an endpoint trace context is only passed on.
 * The exporter is loaded when it is wanted: most installations do not.
 */
export async function openTracing(
  service: string,
  endpoint: string | undefined,
): Promise<() => Promise<void>> {
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  if (endpoint === undefined) return async () => {};
  const [{ OTLPTraceExporter }, sdk, { resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/resources"),
  ]);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ "service.name": `assay-${service}` }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }) }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  return () => provider.shutdown();
}

/** Runs `work` inside a span below `traceparent`, and hands it the trace context to send on. */
export async function withSpan<Result>(
  name: string,
  traceparent: string | undefined,
  attributes: Record<string, string | number>,
  work: (traceparent: string | undefined) => Promise<Result>,
): Promise<Result> {
  const parent = propagation.extract(ROOT_CONTEXT, traceparent === undefined ? {} : { traceparent });
  const span = trace.getTracer("assay").startSpan(name, { attributes }, parent);
  const carrier: { traceparent?: string } = {};
  propagation.inject(trace.setSpan(context.active(), span), carrier);
  try {
    return await work(carrier.traceparent ?? traceparent);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
    throw error;
  } finally {
    span.end();
  }
}
