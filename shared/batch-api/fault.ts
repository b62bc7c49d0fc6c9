/** What a call of files and batches came to that gave nothing. */
export type BatchFault =
  /** The provider takes no call for so long; null: it does not say how long. */
  | { kind: "wait"; waitMs: number | null }
  /** The same call may succeed later; `uncertain`: it may have been carried out, though no answer said so. */
  | { kind: "retry"; waitMs: number | null; uncertain: boolean }
  /** The key may not, or its account is used up: no call will succeed before a person has done something. */
  | { kind: "no_permission"; code: "authentication" | "quota" }
  /** The key has as many batches, tokens in batches, or files as it may: once some are gone, the same call succeeds. */
  | { kind: "no_room"; of: "tokens" | "batches" }
  /** The file of a batch that was to be created is not seen yet: the same call with it may succeed later. */
  | { kind: "not_ready"; status: number }
  /** This call can never succeed; `code` is the provider's, or `http_<status>`. */
  | { kind: "permanent"; code: string; status: number };

/** The message is one sentence for the user, without the key. */
export class BatchApiError extends Error {
  override name = "BatchApiError";
  readonly fault: BatchFault;
  constructor(message: string, fault: BatchFault, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** Whether a call may have been carried out although it failed: a batch that may exist must not be created again. */
export function isUncertain(error: unknown): boolean {
  return error instanceof BatchApiError && error.fault.kind === "retry" && error.fault.uncertain;
}

/** Whether it says that the provider knows no such thing. */
export function isUnknown(error: unknown): boolean {
  return error instanceof BatchApiError && error.fault.kind === "permanent" && error.fault.status === 404;
}

/** Whether it says that the provider has no such call. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof BatchApiError) || error.fault.kind !== "permanent") return false;
  return [404, 405, 501].includes(error.fault.status);
}

/** Whether nobody is at fault: the same call may succeed later without anything being done. */
export function passes(error: unknown): boolean {
  return (
    error instanceof BatchApiError && error.fault.kind !== "permanent" && error.fault.kind !== "no_permission"
  );
}
