import type { PlanStep } from "../../../shared/contracts/job-entry.ts";
import { messageOf, UserError } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { ToolResult } from "../../../tools/pipeline/tool.ts";
import type { CoordinatorContext } from "../context.ts";
import { runTool } from "./run-tool.ts";

/** How a tool came out. */
export type ToolOutcome = { result: ToolResult } | { refusal: { message: string; exitCode: 2 | 3 } };

/** The tools of a plan that run in this process's hands, one at a time, so that they share no memory. */
export class PlanTools {
  readonly #context: CoordinatorContext;
  readonly #signal: AbortSignal;
  readonly #onEnd: () => void;
  readonly #outcomes = new Map<string, ToolOutcome>();
  readonly #begun = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  /** @param signal ends them @param onEnd called when one is through */
  constructor(context: CoordinatorContext, signal: AbortSignal, onEnd: () => void) {
    this.#context = context;
    this.#signal = signal;
    this.#onEnd = onEnd;
  }

  has(name: string): boolean {
    return this.#begun.has(name);
  }

  begin(step: PlanStep): void {
    this.#begun.add(step.name);
    this.#last = this.#last.then(() => this.#run(step));
  }

  /** Takes out how those came out that are through. */
  takeOutcomes(): [string, ToolOutcome][] {
    const outcomes = [...this.#outcomes];
    for (const [name] of outcomes) this.#begun.delete(name);
    this.#outcomes.clear();
    return outcomes;
  }

  /** Resolves when none runs any more. */
  async ended(): Promise<void> {
    await this.#last;
  }

  async #run(step: PlanStep): Promise<void> {
    try {
      this.#outcomes.set(step.name, { result: await runTool(this.#context, step, this.#signal) });
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!(error instanceof UserError)) log().error({ err: error, step: step.name }, "a tool failed");
      const exitCode = error instanceof UserError ? error.exitCode : 3;
      this.#outcomes.set(step.name, { refusal: { message: messageOf(error), exitCode } });
    } finally {
      this.#onEnd();
    }
  }
}
