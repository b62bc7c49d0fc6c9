import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";

/** @param worst US dollars that the next row can cost at most */
export function budgetUsedUp(spent: number, maxCost: number, worst: number): HaltReason {
  const dollars = (value: number) => `$${Number(value.toPrecision(4))}`;
  return {
    code: "max_cost",
    message: `The budget is used up: ${dollars(spent)} of max_cost ${dollars(maxCost)} is spent and the next row may cost up to ${dollars(worst)}; start the job again with a higher --max_cost to go on.`,
  };
}
