import { expect, test } from "vitest";
import { refuseOldBroker } from "../../shared/runtime/broker.ts";

test.each(["2.12.0", "2.12.3", "2.15.1", "2.100.0", "3.0.0", "2.12.0-RC.1"])(
  "nats-server %s is new enough",
  (version) => {
    expect(() => refuseOldBroker(version)).not.toThrow();
  },
);

test.each(["2.11.99", "2.9.10", "1.4.1", "0"])("nats-server %s is too old", (version) => {
  expect(() => refuseOldBroker(version)).toThrow(
    `nats-server ${version} is too old: Assay needs 2.12.0 or newer`,
  );
});
