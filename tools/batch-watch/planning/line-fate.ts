import { type LineMeaning, lineMeaning } from "../../../shared/batch-policy/line-policy.ts";
import { lineFacts } from "../../../shared/providers/batch-line.ts";

/** What a line of a batch's files says of its request, as far as a watch tells it apart. */
export type LineFate =
  /** There is a response, and it is paid. */
  | "answered"
  /** Its batch ended before it was got to. */
  | "unfinished"
  /** It met with what passes: asked again it may be answered. */
  | "again"
  /** The account had nothing left: asked again, once somebody has paid, it may be answered. */
  | "quota"
  /** It can never be answered. */
  | "failed";

const FATES: Readonly<Record<LineMeaning, LineFate>> = {
  answered: "answered",
  unfinished: "unfinished",
  again: "again",
  quota: "quota",
  final: "failed",
  fails_job: "failed",
};

export function fateOfLine(line: Record<string, unknown>): LineFate {
  return FATES[lineMeaning(lineFacts(line))];
}
