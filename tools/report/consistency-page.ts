import type { Consistency } from "../sparse-feedback/consistency.ts";
import { page } from "./page.ts";
import { consistencySection } from "./sections/consistency-section.ts";

/** Consistency of two files of feedback as one HTML file. */
export function consistencyPage(
  files: { ratings: string; rankings: string; simulated: boolean },
  measured: Consistency,
): string {
  return page({
    title: "Consistency of rankings with ratings",
    subtitle: `${files.ratings} and ${files.rankings}`,
    simulated: files.simulated,
    body: [consistencySection(measured)],
  });
}
