import { writeReannotated } from "../../../../shared/completions/write-reannotated.ts";
import { PreparedRows } from "../../../../shared/datasets/preparing/prepared-rows.ts";
import { openResultLines } from "../../collecting/parts/result-lines.ts";
import type { Exported, ExportRequest } from "../../exporting/export-request.ts";

/** Writes the outputs of a re-annotation from its prepared rows and its parts. @throws UserError */
export async function exportReannotated(request: ExportRequest): Promise<Exported> {
  const { workFolder, parts, run } = request;
  await using rows = await PreparedRows.open(workFolder);
  using results = await openResultLines(workFolder, parts, run, rows.count);
  return await writeReannotated({ ...request, rows, outcomeOf: (row) => results.of(row) });
}
