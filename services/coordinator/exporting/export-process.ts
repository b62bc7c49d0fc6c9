import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../../shared/errors.ts";
import { exportGenerated } from "../kinds/generate/export-generated.ts";
import { exportJudged } from "../kinds/judge/export-judged.ts";
import { exportReannotated } from "../kinds/reannotate/export-reannotated.ts";
import { type Exported, ExportRequest } from "./export-in-child.ts";

/** How each kind of job writes its outputs. */
const EXPORTERS: Record<string, (request: ExportRequest) => Promise<Exported>> = {
  "dataset-reannotate": exportReannotated,
  "preferences-judge": exportJudged,
  "responses-generate": exportGenerated,
};

/** The child process that writes a job's outputs; its request comes on standard input, its answer is one JSON line. */
try {
  const request = ExportRequest.parse(JSON.parse(await text(process.stdin)));
  process.stdout.write(`${JSON.stringify(await EXPORTERS[request.kind]!(request))}\n`);
} catch (error) {
  if (!(error instanceof UserError))
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.stdout.write(`${JSON.stringify({ error: messageOf(error) })}\n`);
  process.exitCode = 1;
}
