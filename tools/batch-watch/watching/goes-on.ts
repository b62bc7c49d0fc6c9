import { BatchApiError, passes } from "../../../shared/batch-api/fault.ts";
import { UserError } from "../../../shared/errors.ts";
import { CutShort } from "../../batch-files/save-results.ts";

const MOST_CUT = 10;
/** Of rounds in a row in which a file that was uploaded is not seen. */
const MOST_UNSEEN = 5;

/**
 * Who watches for days outlives an hour without a network, but not a file that never comes whole.
 * @param failures of rounds in a row, before this one
 */
export function goesOn(error: unknown, failures: number): boolean {
  if (error instanceof UserError)
    return error.cause instanceof CutShort ? failures < MOST_CUT : goesOn(error.cause, failures);
  if (error instanceof BatchApiError && error.fault.kind === "not_ready") return failures < MOST_UNSEEN;
  return passes(error);
}
