import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { arrivalOf } from "../../shared/runtime/pulling/pull.ts";

const answer = (code: number, description: string, pending?: string): MsgHdrs => {
  const made = headers(code, description);
  if (pending !== undefined) made.set("Nats-Pending-Messages", pending);
  return made;
};

test.each<[what: string, subject: string, MsgHdrs | undefined, expected: unknown]>([
  ["work", "t.online.job.route", undefined, "message"],
  ["the end of a request", "_I.x.3", answer(408, "Request Timeout", "7"), { unserved: 7 }],
  [
    "the end of an earlier request",
    "_I.x.2",
    answer(408, "Request Timeout", "7"),
    "answer to an earlier generation",
  ],
  ["nobody who answers", "_I.x.3", answer(503, "No Responders"), "lost"],
  ["a consumer that was deleted", "_I.x.3", answer(409, "Consumer Deleted", "7"), "lost"],
  ["an answer that names no number", "_I.x.3", answer(409, "Leadership Change"), "lost"],
])("%s is told from what else comes to the inbox of a pull", (_, subject, header, expected) => {
  expect(arrivalOf({ subject, headers: header! }, "_I.x", "_I.x.3")).toEqual(expected);
});
