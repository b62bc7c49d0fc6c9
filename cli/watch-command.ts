import type { JobView } from "../shared/contracts/jobs-api.ts";
import { typedCommand } from "./terminal.ts";

/** States before a batch exists. */
const BEFORE = new Set(["built", "uploaded", "intended"]);

/** How a job's batches are watched with plain files; undefined while there are none, and where a watch would not know what to make of them. */
export function watchCommand({ kind, batches, dataset, annotator }: JobView): string | undefined {
  if (kind !== "dataset-reannotate" || batches === undefined || batches.objectsFile === null)
    return undefined;
  if (Object.keys(batches.states).every((state) => BEFORE.has(state))) return undefined;
  const flags = { batch_objects_file: batches.objectsFile, dataset, annotator };
  return typedCommand([
    "batch",
    "watch",
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
  ]);
}
