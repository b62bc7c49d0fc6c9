import { expect, test } from "vitest";
import { readLogLine, timeOfDay } from "../../cli/view/log-line.ts";

test("a service's record is its sentence with what belongs to it, and its time", () => {
  const record = {
    level: 40,
    time: 5,
    service: "judge",
    replica: "judge-0",
    job: "abc",
    rows: [1, 2],
    msg: "late",
  };
  expect(readLogLine(JSON.stringify(record))).toEqual({
    atMs: 5,
    text: "warning: late  job=abc  rows=[1,2]",
  });
  const failed = { level: 50, time: 5, err: { message: "no disk", stack: "at x" }, msg: "it failed" };
  expect(readLogLine(JSON.stringify(failed)).text).toBe("error: it failed (no disk)");
});

test("a line of nats-server has its time, too", () => {
  const { atMs, text } = readLogLine("[15113] 2026/12/01 15:23:50.784331 [INF] Server Exiting..");
  expect(text).toBe("Server Exiting..");
  expect(timeOfDay(atMs!)).toBe("15:23:50.784");
  expect(readLogLine("[1] 2026/12/01 15:23:50.784331 [ERR] no").text).toBe("ERR: no");
});

test.each(["coordinator: Port 1 is taken.", "{not json", '{"listening":"http://127.0.0.1:1/v1"}', ""])(
  "what says no time is shown as it is: %s",
  (line) => {
    expect(readLogLine(line)).toEqual({ atMs: undefined, text: line });
  },
);
