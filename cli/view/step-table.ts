import { relative } from "node:path";
import type { StepView } from "../../shared/contracts/jobs-api.ts";
import { count, dollars } from "./amounts.ts";
import { table } from "./terminal.ts";

/** The steps of a plan, a line each. */
export function stepTable(steps: readonly StepView[]): string {
  const tools = steps.some(({ result }) => result !== null);
  const cells = steps.map((step) => [
    ...[step.name, step.job ?? "-", step.state, ...amountsOf(step)],
    ...(tools ? [resultOf(step)] : []),
    step.output === null ? "-" : shortestPath(step.output),
  ]);
  const said = tools ? ["said"] : [];
  return table(["step", "job", "state", "rows", "done", "failed", "cost", ...said, "output"], cells);
}

/** A tool has neither rows nor costs. */
function amountsOf({ rows, done, failed, cost, result, job }: StepView): string[] {
  if (result !== null || (job === null && rows === 0)) return ["-", "-", "-", "-"];
  return [rows === null ? "-" : count(rows), count(done), count(failed), dollars(cost)];
}

/** What a tool said, without what is nothing. */
function resultOf({ result }: StepView): string {
  const said = Object.entries(result ?? {}).filter(([, value]) => value !== null && value !== 0);
  return said.map(([name, value]) => `${name} ${shown(value)}`).join(", ");
}

function shown(value: string | number | boolean | null): string {
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? count(value) : value.toFixed(2);
}

/** As a person in this folder would type it. */
export function shortestPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way.startsWith("..") || way === "" ? path : way;
}
