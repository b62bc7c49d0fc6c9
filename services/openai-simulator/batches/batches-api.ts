import { hash } from "node:crypto";
import type { StoredFile } from "../files/file-store.ts";
import { type ApiError, badRequest, notCancellable, unknownObject } from "../http/api-errors.ts";
import { pageOf } from "../http/paging.ts";
import { drawFor, type Simulation } from "../simulation.ts";
import { driveBatches } from "./batch-driver.ts";
import { type Batch, batchObject } from "./batch-object.ts";
import { planBatch } from "./batch-plan.ts";
import { checkInput } from "./check-input.ts";
import { type BatchRequest, validateBatch } from "./validate-batch.ts";

/** POST /v1/batches. What is wrong with the file's lines comes out later, when the batch fails. */
export function createBatch(simulation: Simulation, body: Buffer | null): object | ApiError {
  const request = validateBatch(body);
  if ("status" in request) return request;
  const input = simulation.files.get(request.input_file_id);
  if (!input) {
    return { ...unknownObject("File", request.input_file_id), status: 400, param: "input_file_id" };
  }
  if (input.purpose !== "batch") {
    const message = `The file ${input.id} has the purpose '${input.purpose}'; an input file needs 'batch'.`;
    return badRequest(message, "input_file_id");
  }
  const batch = newBatch(simulation, request, input);
  simulation.batches.add(batch);
  simulation.tally.counters().batches.created++;
  void validate(simulation, batch);
  void driveBatches(simulation);
  return batchObject(batch);
}

function newBatch(simulation: Simulation, request: BatchRequest, input: StoredFile): Batch {
  const createdMs = simulation.clock.nowMs();
  const number = simulation.batches.all().filter((batch) => batch.input.id === input.id).length;
  return {
    id: `batch_sim${hash("sha256", `${input.id}/${number}`, "hex").slice(0, 29)}`,
    endpoint: request.endpoint,
    input,
    metadata: request.metadata,
    status: "validating",
    createdMs,
    plan: planBatch(simulation.settings, createdMs, drawFor(simulation, `batch ${input.sha256}`)),
    times: {},
    checked: null,
    order: null,
    position: 0,
    stuck: [],
    ending: null,
    completed: 0,
    failed: 0,
    usage: { prompt: 0, completion: 0 },
    output: null,
    error: null,
    dropped: false,
  };
}

async function validate({ settings }: Simulation, batch: Batch): Promise<void> {
  const checked = await checkInput(settings, batch.input, batch.endpoint).catch((error) => {
    // The files go with the simulator, whatever is still being read.
    if (!batch.dropped) throw error;
    return null;
  });
  batch.checked = checked;
}

export function retrieveBatch({ batches }: Simulation, id: string): object | ApiError {
  const batch = batches.get(id);
  return batch ? batchObject(batch) : unknownObject("Batch", id);
}

/** GET /v1/batches: newest first; a batch that was just created may be missing for a while. */
export function listBatches({ batches, clock }: Simulation, query: URLSearchParams): object | ApiError {
  const nowMs = clock.nowMs();
  const listed = batches.all().filter(({ plan }) => plan.listedMs <= nowMs);
  const page = pageOf(listed.reverse(), query, { usual: 20, most: 100 });
  return "data" in page ? { ...page, data: page.data.map(batchObject) } : page;
}

/** Lines that are done by now stay done; the batch is cancelling until the others are written off. */
export function cancelBatch({ batches, clock }: Simulation, id: string): object | ApiError {
  const batch = batches.get(id);
  if (!batch) return unknownObject("Batch", id);
  if (batch.status === "cancelling") return batchObject(batch);
  if (batch.status !== "validating" && batch.status !== "in_progress") return notCancellable(batch.status);
  const fromMs = clock.nowMs();
  batch.status = "cancelling";
  batch.times.cancelling = fromMs;
  batch.ending = {
    status: "cancelled",
    fromMs,
    atMs: fromMs + batch.plan.cancellingMs,
    rest: "batch_cancelled",
  };
  return batchObject(batch);
}
