import { AtomicFile } from "../../../shared/datasets/writing/atomic-file.ts";
import type { WatchState } from "../watching/watch-state.ts";
import { Outcomes } from "./outcomes.ts";

/** What came of all requests of the watched batches, or of those that began in some of them. Dispose of it. */
export async function outcomesOf(state: WatchState, roots?: ReadonlySet<string>): Promise<Outcomes> {
  const outcomes = new Outcomes();
  for (const { root, results, attempt } of state.all()) {
    if (roots !== undefined && !roots.has(root)) continue;
    for (const name of results ?? []) await outcomes.addFile(state.at(name), attempt);
  }
  return outcomes;
}

/**
 * Writes the line of each request as the provider gave it, row numbers in their order: answers to one file, failures to
 * the other. Both appear whole.
 */
export async function writeMerged(
  outcomes: Outcomes,
  output: string,
  errors: string,
  signal?: AbortSignal,
): Promise<void> {
  await using answered = await AtomicFile.create(output);
  await using failed = await AtomicFile.create(errors);
  for (const id of outcomes.ids()) {
    const outcome = outcomes.of(id)!;
    const file = outcome.answered ? answered : failed;
    file.append(outcome.line);
    file.append("\n");
    if (!file.full) continue;
    signal?.throwIfAborted();
    await file.flush();
  }
  await answered.commit();
  await failed.commit();
}
