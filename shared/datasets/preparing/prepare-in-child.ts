import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import { moduleBeside } from "../../installation/module-beside.ts";
import { type OrderOptions, orderOf } from "../children/child-order.ts";
import type { PrepareOptions, PrepareProgress } from "./prepare-dataset.ts";
import { PreparedDataset } from "./prepared-dataset.ts";

const PREPARING = moduleBeside(import.meta.url, "./prepare-process.ts");

/**
 * `prepareDataset` in a process of its own. Aborting `signal` ends that process; what it had written so far is no
 * dataset, and the next try starts afresh.
 * @throws UserError as prepareDataset does, or if the process dies; the signal's reason if it was aborted
 */
export async function prepareInChild(
  request: DatasetRequest,
  folder: string,
  { hub, ...options }: PrepareOptions & OrderOptions<PrepareProgress> = {},
): Promise<PreparedDataset> {
  const order = { request, folder, hub };
  const done = await orderOf(PREPARING, order, "The dataset cannot be read", options);
  return PreparedDataset.parse(done);
}
