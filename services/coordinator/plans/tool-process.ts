import { z } from "zod";
import { carryOutOrder } from "../../../shared/datasets/children/child-order.ts";
import { TOOLS } from "../../../tools/pipeline/tools.ts";

/** The child process that runs a pipeline's tool. */
const Order = z.strictObject({
  kind: z.string(),
  message: z.record(z.string(), z.unknown()),
  hub: z.strictObject({ endpoint: z.string(), token: z.string().optional() }),
});

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

await carryOutOrder(Order, "The tool failed", async ({ kind, message, hub }) => {
  const tool = TOOLS.get(kind)!;
  return await tool.run(tool.fields.parse(message), { signal: stop.signal, hub });
});
