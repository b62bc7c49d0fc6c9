/** A response that is no completion, or no response at all. */
export type Answer = {
  status: number;
  /** Value of a header by its lower-case name. */
  header: (name: string) => string | undefined;
  body: string;
};

/** What a failed call means, for its row, its route or its job. */
export type Fault =
  /**
   * Calling on is useless until a person has done something (paused), or at all (failed). `unless`: of an account and
   * model that have answered other calls, one such answer tells of this row, or of a moment.
   */
  | { kind: "halt"; state: "paused" | "failed"; code: string; message: string; unless?: "row" | "moment" }
  /** This row can never succeed. */
  | { kind: "row"; reason: string; message: string }
  /** The route must rest: for that long, or for as long as the caller thinks right. Burns no attempt. */
  | { kind: "wait"; waitMs: number | null; limit: "requests" | "tokens" | null; message: string }
  /** Another attempt may succeed, not before `waitMs` where the provider said so. */
  | { kind: "retry"; reason: string; message: string; waitMs: number | null };
