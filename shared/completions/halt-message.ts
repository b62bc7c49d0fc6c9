import type { HaltReason } from "../contracts/collector-questions.ts";
import { redact } from "../words/redact.ts";
import type { Fault } from "./fault.ts";

/**
 * What a person reads of a job that was halted: the thing, what the provider said, and the way out.
 * @param secrets never shown, whatever the provider repeats of them
 */
export function haltReason(
  fault: Pick<Fault & { kind: "halt" }, "code" | "message">,
  job: { id: string; annotator: string; keyVariable: string | null },
  secrets: Iterable<string>,
): HaltReason {
  const { code } = fault;
  return { code, message: redact(`${fault.message} ${wayOut(code, job)}`, secrets) };
}

function wayOut(
  code: string,
  { id, annotator, keyVariable }: { id: string; annotator: string; keyVariable: string | null },
): string {
  const resume = `"assay resume ${id}"`;
  if (code === "authentication") {
    return keyVariable === null
      ? `Annotator ${annotator} sends no key: name its variable with key_variable in the annotators file, start Assay again, and run ${resume}.`
      : `Put a valid key into ${keyVariable}, start Assay again with it, and run ${resume}.`;
  }
  if (code === "quota") {
    const key = keyVariable === null ? `annotator ${annotator}` : `the key in ${keyVariable}`;
    return `Add credit to the account of ${key}, and run ${resume}.`;
  }
  if (code === "no_key") return `Then start Assay again and run ${resume}.`;
  if (code === "model_not_found")
    return `Check model and base URL of annotator ${annotator}, and start the job anew.`;
  if (code === "stream_only")
    return `Say stream: true of annotator ${annotator} in the annotators file, and start the job anew.`;
  if (code === "batch_refused")
    return `Start the job again without --batch, or with a --max_batch_size that annotator ${annotator}'s endpoint takes.`;
  if (code === "batch_unknown")
    return `With a key of that project in ${keyVariable ?? "its place"}, start Assay again and run ${resume}. If the batches are gone for good, only run that: their rows are then sent again.`;
  if (code === "file_unseen") return `See whether the provider has trouble with files, and run ${resume}.`;
  if (code === "results_missing")
    return `Its requests are paid, and are not sent again: ask the provider for the results. They are looked for all the time; when they are there, run ${resume}.`;
  if (code === "no_room")
    return `See what else uses the account of annotator ${annotator}, delete files or end batches that nobody needs, and run ${resume}.`;
  if (code === "unreadable")
    return `Nothing that annotator ${annotator}'s endpoint has answered could be read as a chat completion: check its base URL and provider, and run ${resume}.`;
  if (code === "unreachable")
    return `Check the base URL of annotator ${annotator} and whether its server runs, and run ${resume}.`;
  if (code === "redirect") return `It is set for annotator ${annotator}.`;
  return `Annotator ${annotator} does not take this parameter: leave it out, and start the job anew with --overwrite.`;
}
