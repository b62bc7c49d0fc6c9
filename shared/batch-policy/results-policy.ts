/**
 * Whether the results of a batch that has ended can be read. A provider may say that a batch has ended before it says where
 * its results are, or before they can be had; what they hold is paid by then, so that no row of such a batch is sent again
 * for that. It is looked at anew after growing waits, and in the end a person is told.
 *
 * | status              | files                         | counts         | results   |
 * |---------------------|-------------------------------|----------------|-----------|
 * | completed           | none                          | any            | not yet   |
 * | expired, cancelled  | none                          | some answered  | not yet   |
 * | expired, cancelled  | none                          | none           | readable: there are none |
 * | any                 | no output, but errors         | some completed | not yet   |
 * | any                 | output                        | any            | readable  |
 * | failed              | none                          | any            | readable: there are none |
 */
export interface EndedBatch {
  status: string;
  outputFileId: string | null;
  errorFileId: string | null;
  completed: number;
  failed: number;
}

export function resultsAre(batch: EndedBatch): "readable" | "not_yet" {
  const { status, outputFileId, errorFileId, completed, failed } = batch;
  if (status === "failed" || outputFileId) return "readable";
  if (errorFileId) return completed > 0 ? "not_yet" : "readable";
  return status === "completed" || completed + failed > 0 ? "not_yet" : "readable";
}

/** A file of results without a line: of a batch that is completed it is not there yet, whatever the counts say. */
export function isTooEmpty({ status }: Pick<EndedBatch, "status">, lines: number): boolean {
  return status === "completed" && lines === 0;
}
