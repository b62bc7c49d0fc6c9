import { SAMPLING } from "../flags/flag-groups.ts";
import { flagKeys } from "../flags/job-flags.ts";
import type { OtherWay, TypedByFlags } from "../jobs/typed-by-flags.ts";
import { JUDGE_FLAGS } from "./judge-flags.ts";

/** Flags of the message that decide what stands in a request; the others are about making the calls, and the judged rows. */
const ASKED = [
  ...["method", "input", "output", "annotator", "aspects", "prompt_template", "schema", "use_text", "orders"],
  ...["reference_model", "id_col", "columns", "limit", "offset", "shard", "skip_bad_rows"],
  ...SAMPLING.flags.map(({ name }) => name),
];

const requestsOnly: OtherWay = {
  flag: "requestsOnly",
  options: [
    {
      flags: "--requests-only",
      about: "write request files for the Batch API into the folder --output; make no call",
    },
    { flags: "--rows-per-shard <rows>", about: "of a request file at most (default: 10000)" },
  ],
  reads: [
    ...["requestsOnly", "rowsPerShard", "json", "annotators"],
    ...JUDGE_FLAGS.flatMap(({ flags }) => flags.filter(({ name }) => ASKED.includes(name)).flatMap(flagKeys)),
  ],
  run: async () => (await import("./judge-requests.ts")).writeJudgeRequests,
};

/** How a judging job is typed. */
export const judgeCommand: TypedByFlags = {
  summary: "rate, rank or compare responses with a model",
  description:
    "Has a model judge responses: see docs/judging.md. What its replies do not say is asked for again, then quarantined\n" +
    "in <output>.errors.jsonl with its text; nothing is ever given a default score. Started again it goes on.\n" +
    "Exit codes: 0 done, 1 done with failed rows, 2 bad usage or input, 3 could not run, 130 interrupted.",
  flags: JUDGE_FLAGS,
  read: async () => (await import("./judge-message.ts")).readJudging,
  otherWay: requestsOnly,
};
