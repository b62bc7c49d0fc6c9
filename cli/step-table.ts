import { relative } from "node:path";
import type { StepView } from "../shared/contracts/jobs-api.ts";
import { count, dollars } from "./amounts.ts";
import { table } from "./terminal.ts";

/** The steps of a plan, a line each. */
export function stepTable(steps: readonly StepView[]): string {
  const cells = steps.map(({ name, job, state, rows, done, failed, cost, output }) => [
    ...[name, job ?? "-", state, rows === null ? "-" : count(rows), count(done), count(failed)],
    ...[dollars(cost), output === null ? "-" : shortest(output)],
  ]);
  return table(["step", "job", "state", "rows", "done", "failed", "cost", "output"], cells);
}

/** As a person in this folder would type it. */
function shortest(path: string): string {
  const way = relative(process.cwd(), path);
  return way.startsWith("..") || way === "" ? path : way;
}
