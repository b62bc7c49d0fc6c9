import type { Step } from "./next-step.ts";

const IN_PARALLEL = 8;
/** Uploads that wait to become batches: where few tokens may be enqueued there is no point in having many. */
const UPLOADED_AHEAD = 8;

/** What is under way on a route. */
export interface UnderWay {
  steps: readonly Step[];
  /** Sends that are uploaded and are no batches yet. */
  uploaded: number;
  parallelUploads: number;
}

/** Uploads do not take the places of what is short and urgent; batches are created in the places that are left. */
export function mayBegin(step: Step, { steps, uploaded, parallelUploads }: UnderWay): boolean {
  const uploads = steps.filter((one) => one === "upload").length;
  if (step === "create") return steps.length < IN_PARALLEL;
  if (step !== "upload") return steps.length - uploads < IN_PARALLEL;
  return uploads < parallelUploads && uploads + uploaded < UPLOADED_AHEAD;
}
