import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

interface Span {
  service: string;
  name: string;
  traceId: string;
  parentSpanId: string;
  attributes: Record<string, string>;
}

/** Takes spans as a collector of OpenTelemetry does (OTLP over HTTP, in JSON). */
async function startCollector() {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (request.url === "/v1/traces") spans.push(...spansOf(JSON.parse(Buffer.concat(parts).toString())));
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    spans,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Attributes = { key: string; value: { stringValue?: string; intValue?: number } }[];
interface Exported {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: { spans: (Omit<Span, "service" | "attributes"> & { attributes: Attributes })[] }[];
  }[];
}

function spansOf({ resourceSpans }: Exported): Span[] {
  const textsOf = (attributes: Attributes) =>
    Object.fromEntries(
      attributes.map(({ key, value }) => [key, String(value.stringValue ?? value.intValue)]),
    );
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        ...span,
        attributes: textsOf(span.attributes),
        service: textsOf(resource.attributes)["service.name"]!,
      })),
    ),
  );
}

test("the trace of whoever publishes a job goes with its chunks to the dispatcher, whose spans a collector gets", async () => {
  await using system = await startSystem();
  await using collector = await startCollector();
  await using simulator = await startSimulator({ apiKeys: [KEY] });
  await system.coordinator();
  await using dispatcher = await startDispatcher(system.nats, {
    OPENAI_BASE_URL: simulator.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  const [traceId, parent] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
  const traced = headers();
  traced.set("traceparent", `00-${traceId}-${parent}-01`);
  const message = {
    dataset: system.dataset(30),
    save_dir: "out",
    temp_dir: "temp",
    annotator: "gpt-4o-mini",
  };
  const body = JSON.stringify({ ...message, max_requests_per_minute: "unlimited" });
  const reply = await system.client.nc.request("jobs.dataset-reannotate", body, {
    headers: traced,
    timeout: 10_000,
  });
  const { job } = reply.json<{ job: string }>();
  await system.over(job);
  await dispatcher.stop();
  await until("its spans are there", () => collector.spans.length > 0);
  for (const span of collector.spans) {
    expect(span).toMatchObject({ service: "assay-dispatcher", traceId, parentSpanId: parent });
    expect(span.attributes["assay.job"]).toBe(job);
  }
});
