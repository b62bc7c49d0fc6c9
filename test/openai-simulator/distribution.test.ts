import { expect, test } from "vitest";
import { parseDistribution, sample } from "../../services/openai-simulator/distribution.ts";
import { createRandom } from "../../shared/random.ts";

test("delays are read with and without units, in milliseconds", () => {
  expect(parseDistribution("20ms", "delay")).toEqual({ kind: "fixed", value: 20 });
  expect(parseDistribution("1.5s", "delay")).toEqual({ kind: "fixed", value: 1500 });
  expect(parseDistribution("uniform:10ms-2s", "delay")).toEqual({ kind: "uniform", from: 10, to: 2000 });
  const lognormal = { kind: "lognormal", median: 200, sigma: 0.5 };
  expect(parseDistribution("lognormal:200ms,0.5", "delay")).toEqual(lognormal);
  expect(parseDistribution("lognormal:200,0.5", "tokens")).toEqual(lognormal);
});

test.each(["", "fast", "20 ms later", "uniform:5-1", "uniform:5", "lognormal:5", "1.2.3", "-4"])(
  "%j is refused by name",
  (text) => {
    expect(() => parseDistribution(text, "delay")).toThrow(`"${text}" is not a distribution`);
  },
);

test("lengths carry no unit of time", () => {
  expect(() => parseDistribution("20ms", "tokens")).toThrow("not a distribution");
});

test("draws keep to the distribution", () => {
  const random = createRandom(1, 2, 3);
  const draws = (text: string) => {
    const distribution = parseDistribution(text, "delay");
    return Array.from({ length: 4001 }, () => sample(distribution, random)).sort((a, b) => a - b);
  };
  const uniform = draws("uniform:10-50");
  expect(uniform[0]).toBeGreaterThanOrEqual(10);
  expect(uniform.at(-1)).toBeLessThanOrEqual(50);
  expect(uniform[2000]).toBeGreaterThan(28);
  expect(uniform[2000]).toBeLessThan(32);
  const lognormal = draws("lognormal:200,0.5");
  expect(lognormal[2000]).toBeGreaterThan(185);
  expect(lognormal[2000]).toBeLessThan(215);
  // One sigma above the median: e^0.5 times it.
  expect(lognormal[3366]! / lognormal[2000]!).toBeGreaterThan(1.5);
  expect(lognormal[3366]! / lognormal[2000]!).toBeLessThan(1.8);
});
