import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { workplace } from "./assay.ts";
import { DATASET, MODEL } from "./foreign-batches.ts";

const OUTPUT = `datasets/reannotated/instructions_${MODEL}`;

test("reannotate --batch says how its batches can be watched; show tells of them, and a second start pays nothing", async () => {
  await using simulator = await startSimulator({ batchSpeed: 600, batchDuration: "60s" });
  await using place = workplace({ OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: simulator.url });
  await place.run("up", "--detach");
  const command = ["reannotate", "--dataset", DATASET, "--annotator", MODEL, "--max_tokens", "32"];
  const lane = ["--batch", "--max_batch_size", "60", "--poll", "0.2"];
  const { code, stdout, stderr } = await place.run(...command, ...lane);
  expect([code, stdout]).toEqual([0, expect.stringContaining("Done: 240 of 240 rows")]);
  expect(stdout).toMatch(/^4 batches: .*\/batch_objects\.json$/m);
  expect(stderr).toMatch(
    /too: assay batch watch --batch_objects_file \S+ --dataset \S+ --annotator \S+ --max_tokens 32\n/,
  );
  const [, job] = /^Job ([0-9a-f]{16})/m.exec(stderr)!;
  const shown = (await place.run("show", job!)).stdout;
  expect(shown).toMatch(/^batches +4 completed, of 4 shards$/m);
  expect(shown).not.toMatch(/hedges|twice/);
  expect(JSON.parse(readFileSync(place.at(`${OUTPUT}/reannotated.json`), "utf8"))).toHaveLength(240);

  const again = await place.run(...command, ...lane);
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("complete already")]);
  expect(simulator.stats()).toMatchObject({ paidCalls: 240, repeatedPaidCalls: 0 });
  await place.run("down");
}, 120_000);
