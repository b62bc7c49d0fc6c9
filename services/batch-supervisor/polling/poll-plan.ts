/** How the provider is asked about batches that have not ended. */
export type PollPlan = "list" | "one by one";

/** Lists show what was created twice, and what nobody knows: now and then there is one in any case. */
const LIST_EVERY = 10;
const FEW = 2;

/**
 * A list call tells of 100 batches, but of all that the key has created since the oldest one that is open.
 * @param facts.lists the provider has a list; without one only what is known can be asked for
 * @param facts.pagesLast pages that the last list took; 0: there was none yet
 * @param facts.pollsSince since the last list
 * @param facts.searching a batch is looked for that may have been created
 */
export function pollPlan(facts: {
  lists: boolean;
  open: number;
  pagesLast: number;
  pollsSince: number;
  searching: boolean;
}): PollPlan {
  const { lists, open, pagesLast, pollsSince, searching } = facts;
  if (!lists && !searching) return "one by one";
  if (searching || pagesLast === 0 || pollsSince >= LIST_EVERY) return "list";
  return open <= FEW || open < pagesLast ? "one by one" : "list";
}
