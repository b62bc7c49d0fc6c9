import { Counter, Gauge, Registry } from "prom-client";
import { expect, test } from "vitest";
import { lookAtSizes, settleTallies, showSize, tally } from "../../services/dispatcher/calling/tally.ts";

test("what was counted is told at each question, once, and a label set that comes again goes on", async () => {
  const registers = [new Registry()];
  const counter = new Counter({
    name: "c",
    help: "c",
    labelNames: ["route"],
    registers,
    collect: settleTallies,
  });
  tally(counter, "a").add(3);
  tally(counter, "b").add(1);
  expect(await registers[0]!.metrics()).toMatch(/c\{route="a"\} 3\nc\{route="b"\} 1\n/);
  tally(counter, "a").add(4);
  expect(await registers[0]!.metrics()).toMatch(/c\{route="a"\} 7\nc\{route="b"\} 1\n/);
  expect(await registers[0]!.metrics()).toMatch(/c\{route="a"\} 7\n/);
});

test("a size is told as it is at the question, and that of a route opened again takes the place of the old", async () => {
  const registers = [new Registry()];
  const gauge = new Gauge({ name: "g", help: "g", labelNames: ["route"], registers, collect: lookAtSizes });
  let size = 2;
  showSize(gauge, "a", () => size);
  expect(await registers[0]!.metrics()).toContain('g{route="a"} 2\n');
  size = 5;
  expect(await registers[0]!.metrics()).toContain('g{route="a"} 5\n');
  showSize(gauge, "a", () => 0);
  expect(await registers[0]!.metrics()).toContain('g{route="a"} 0\n');
});
