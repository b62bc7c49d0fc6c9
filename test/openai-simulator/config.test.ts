import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { optionsOf, readSimulatorConfig, SimulatorConfig } from "../../services/openai-simulator/config.ts";
import { SimulatorOptions } from "../../services/openai-simulator/options.ts";

test("an empty environment gives the default options", () => {
  const config = readSimulatorConfig({});
  expect(optionsOf(config)).toEqual(SimulatorOptions.parse({}));
  expect(config).toMatchObject({
    ASSAY_HTTP_HOST: "127.0.0.1",
    ASSAY_SIMULATOR_PORT: 0,
    ASSAY_SUPERVISED: false,
  });
});

test("variables are read in their documented forms", () => {
  const config = readSimulatorConfig({
    ASSAY_SIMULATOR_PORT: "8099",
    ASSAY_SIMULATOR_PORT_FILE: "/nowhere/port",
    ASSAY_SIMULATOR_API_KEYS: "sk-a, sk-b",
    ASSAY_SIMULATOR_FAULTS: "500=0.05,reset=0.02",
    ASSAY_SIMULATOR_POISON: "a=b=hang, BAD=400",
    ASSAY_SIMULATOR_RATE_HEADERS: "0",
    ASSAY_SIMULATOR_QUOTA_CALLS: "7",
    ASSAY_SIMULATOR_LATENCY: "lognormal:200ms,0.5",
  });
  expect(config).toMatchObject({ ASSAY_SIMULATOR_PORT: 8099, ASSAY_SIMULATOR_PORT_FILE: "/nowhere/port" });
  expect(optionsOf(config)).toMatchObject({
    apiKeys: ["sk-a", "sk-b"],
    faults: { "500": 0.05, reset: 0.02 },
    poison: [
      { marker: "a=b", fault: "hang" },
      { marker: "BAD", fault: "400" },
    ],
    rateHeaders: false,
    quotaCalls: 7,
    latency: "lognormal:200ms,0.5",
  });
});

test("all wrong variables are named at once", () => {
  const wrong = {
    ASSAY_SIMULATOR_PORT: "http",
    ASSAY_SIMULATOR_BURST_SECONDS: "0",
    ASSAY_SIMULATOR_CHARGES: "both",
    ASSAY_SIMULATOR_FAULTS: "500=0.9,503=0.2",
    ASSAY_SIMULATOR_POISON: "marker",
    ASSAY_SIMULATOR_LATENCY: "slow",
    ASSAY_SUPERVISED: "yes",
  };
  for (const name of Object.keys(wrong)) expect(() => readSimulatorConfig(wrong)).toThrow(name);
});

test("docs/simulator.md names every variable", () => {
  const page = readFileSync(new URL("../../docs/simulator.md", import.meta.url), "utf8");
  for (const name of Object.keys(SimulatorConfig.shape)) expect(page).toContain(`\`${name}\``);
});
