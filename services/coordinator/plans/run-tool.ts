import type { PlanStep } from "../../../shared/contracts/job-entry.ts";
import { orderOf } from "../../../shared/datasets/children/child-order.ts";
import { moduleBeside } from "../../../shared/installation/module-beside.ts";
import type { ToolResult } from "../../../tools/pipeline/tool.ts";
import type { CoordinatorContext } from "../context.ts";

const RUNNING = moduleBeside(import.meta.url, "./tool-process.ts");

/** A tool that is not wanted any more clears away what it was writing. */
const GRACE_MS = 5000;

/** Runs a step's tool in a process of its own. @throws UserError in the tool's words; the signal's reason if aborted */
export async function runTool(
  { hub }: Pick<CoordinatorContext, "hub">,
  { kind, message }: Pick<PlanStep, "kind" | "message">,
  signal: AbortSignal,
): Promise<ToolResult> {
  const { endpoint, token } = hub;
  const order = { kind, message, hub: { endpoint, ...(token === undefined ? {} : { token }) } };
  const done = await orderOf(RUNNING, order, `${kind} cannot be done`, {
    signal,
    graceMs: GRACE_MS,
  });
  return done as ToolResult;
}
