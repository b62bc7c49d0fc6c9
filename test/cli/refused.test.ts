import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { until, workplace } from "./assay.ts";

test("a message that was published in vain is shown with its reason", { timeout: 120_000 }, async () => {
  await using place = workplace();
  await place.run("up", "--detach");
  expect(await place.run("jobs", "refused")).toMatchObject({ code: 0, stderr: "No message was refused.\n" });
  const { host, username, password } = new URL((await place.status()).nats.url);
  const nc = await connect({ servers: host, user: username, pass: password });
  const wrong = JSON.stringify({ dataset: "data.jsonl", temperatur: 1 });
  nc.publish("jobs.dataset-reannotate", "no JSON");
  nc.publish("jobs.dataset-reannotate", wrong);
  await nc.drain();
  const refused = async (...flags: string[]) => (await place.run("refused", ...flags)).stdout;
  await until(async () => JSON.parse(await refused("--json")).length === 2);
  const [newest, first] = JSON.parse(await refused("--json"));
  expect(newest).toMatchObject({ subject: "jobs.dataset-reannotate", body: wrong });
  expect(newest.reason).toMatch(/^There is no field temperatur: did you mean temperature/);
  expect(first).toMatchObject({ seq: newest.seq - 1, body: "no JSON" });
  const text = await refused("--limit", "1");
  expect(text).toContain(newest.reason);
  expect(text.trimEnd().split("\n")).toHaveLength(3);
  await place.run("down");
});
