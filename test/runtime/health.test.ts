import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const asked = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

test("every service says that it lives, that it works, and its figures, which hold no row", async () => {
  await using system = await startSystem();
  await using simulator = await startSimulator({ apiKeys: [KEY] });
  const coordinator = await system.coordinator();
  await using dispatcher = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
  const job = await system.start({ dataset: system.dataset(7), max_requests_per_minute: "unlimited" });
  await system.over(job);
  const figures: [string, RegExp[]][] = [
    [
      coordinator.http,
      [/^assay_rows_fed_total 7$/m, /^assay_rows_collected_total(\{.*\})? 7$/m, /^assay_jobs_owned 0$/m],
    ],
    [dispatcher.http, [/^assay_calls_total\{.*outcome="ok".*\} 7$/m, /^assay_rows_total\{.*\} 7$/m]],
  ];
  for (const [url, lines] of figures) {
    expect(await asked(`${url}/healthz`)).toEqual({ status: 200, text: "ok\n" });
    expect(await asked(`${url}/readyz`)).toEqual({ status: 200, text: "ready\n" });
    expect(await asked(`${url}/`)).toEqual({
      status: 404,
      text: "Here are /metrics, /healthz and /readyz.\n",
    });
    const { text } = await asked(`${url}/metrics`);
    await until("its figures are up to date", async () => {
      const now = (await asked(`${url}/metrics`)).text;
      return lines.every((line) => line.test(now));
    });
    expect(text).toMatch(/^process_resident_memory_bytes /m);
    expect(text).not.toMatch(/row="|question \d/);
  }
});
