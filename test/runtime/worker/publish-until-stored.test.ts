import { DiscardPolicy, RetentionPolicy } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { resultsMade } from "../../../shared/contracts/result-chunk.ts";
import { openBroker } from "../../../shared/runtime/broker.ts";
import { publishUntilStored } from "../../../shared/runtime/worker/publish-until-stored.ts";
import { startNats } from "../../support/nats.ts";

const JOB = "0123456789abcdef";
const body = { job: JOB, run: 1, worker: "w", results: [], split: [] };

test("a full stream is waited for as long as somebody wants the message; one that is gone ends it", async () => {
  await using nats = await startNats();
  const broker = await openBroker(nats.url("coordinator"), "coordinator-0", 5000);
  const settings = { retention: RetentionPolicy.Limits, discard: DiscardPolicy.New, max_msgs: 1 };
  await broker.jsm.streams.add({ name: "R", subjects: [resultsMade.subject(JOB, 1)], ...settings });
  let asked = 0;
  const publish = (msgId: string, wanted: () => boolean) =>
    publishUntilStored(broker, resultsMade, [JOB, 1], body, { msgId, wanted });
  expect(await publish("a", () => true)).toBe("stored");
  expect(await publish("b", () => ++asked < 3)).toBe("unwanted");
  expect((await broker.jsm.streams.info("R")).state.messages).toBe(1);
  asked = 0;
  const waiting = publish("c", () => {
    asked += 1;
    // After it was refused once.
    if (asked === 2) void broker.jsm.streams.purge("R");
    return true;
  });
  expect(await waiting).toBe("stored");
  expect(asked).toBeGreaterThanOrEqual(2);
  await broker.jsm.streams.delete("R");
  expect(await publish("d", () => true)).toBe("gone");
  const aborted = AbortSignal.abort(new Error("the lease is lost"));
  const given = publishUntilStored(broker, resultsMade, [JOB, 1], body, { msgId: "e", signal: aborted });
  await expect(given).rejects.toThrow("the lease is lost");
  await broker.close();
});
