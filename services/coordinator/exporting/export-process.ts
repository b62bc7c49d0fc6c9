import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../../shared/errors.ts";
import { rowsKindNamed } from "../kinds/job-kinds.ts";
import { ExportRequest } from "./export-request.ts";

/** The child process that writes a job's outputs; its request comes on standard input, its answer is one JSON line. */
try {
  const request = ExportRequest.parse(JSON.parse(await text(process.stdin)));
  const writeOutputs = await rowsKindNamed(request.kind).exporter();
  process.stdout.write(`${JSON.stringify(await writeOutputs(request))}\n`);
} catch (error) {
  if (!(error instanceof UserError))
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.stdout.write(`${JSON.stringify({ error: messageOf(error) })}\n`);
  process.exitCode = 1;
}
