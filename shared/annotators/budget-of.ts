import type { PaceFields } from "../contracts/messages/job-fields.ts";
import { UserError } from "../errors.ts";
import type { Annotator } from "./annotator.ts";

/** The job's budget in US dollars. @throws UserError where the model's price is unknown */
export function budgetOf(pace: Pick<PaceFields, "max_cost">, annotator: Annotator): number | null {
  if (pace.max_cost === undefined) return null;
  if (annotator.prices !== null) return pace.max_cost;
  throw new UserError(
    `max_cost is given, but the price of ${annotator.name} is unknown: give its prices in the annotators file, or leave max_cost out.`,
  );
}
