import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { DatasetRequest } from "../contracts/dataset-request.ts";
import { messageOf, UserError } from "../errors.ts";
import { prepareDataset } from "./prepare-dataset.ts";

/*
 * The child process that reads a dataset for a coordinator, so that neither its memory nor its pauses are the
 * coordinator's. It takes one order, as JSON in the file of its first argument or on stdin (a token must not stand in a
 * command line), and answers in JSON lines on stdout: {"progress"} any number of times, then {"prepared"} or {"error"}.
 */
const Order = z.strictObject({
  request: DatasetRequest,
  folder: z.string(),
  hub: z
    .strictObject({ endpoint: z.string(), token: z.string().optional(), cacheFolder: z.string() })
    .optional(),
});

const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

// Nobody reads any more: who wanted the rows is gone.
process.stdout.on("error", () => process.exit(3));

try {
  const [, , orderFile] = process.argv;
  const order = Order.parse(
    JSON.parse(await (orderFile ? readFile(orderFile, "utf8") : text(process.stdin))),
  );
  const onProgress = (progress: unknown) => say({ progress });
  say({ prepared: await prepareDataset(order.request, order.folder, { hub: order.hub, onProgress }) });
} catch (error) {
  const exitCode = error instanceof UserError ? error.exitCode : 3;
  const sentence =
    error instanceof UserError ? error.message : `The dataset cannot be read: ${messageOf(error)}.`;
  say({ error: sentence, exitCode });
  process.exitCode = exitCode;
}
