import { Counter } from "prom-client";

/** Labels never hold row or job ids. */
export const replies = new Counter({
  name: "assay_replies_total",
  help: "Replies that were read, by what came of them: verdict, asked_again, quarantined, or failed (no reply came).",
  labelNames: ["method", "outcome"],
});
export const replyFaults = new Counter({
  name: "assay_reply_faults_total",
  help: "Replies that gave no verdict, by the reason.",
  labelNames: ["method", "reason"],
});
